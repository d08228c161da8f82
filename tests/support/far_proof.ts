/** What a person can check at the destination with nothing of ours installed. */
import assert from "node:assert/strict";

/** `cd <far run> && sha256sum -c .exlab-wizard/checksums.sha256` passes. */
export async function assertProven(farRun: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("sha256sum", {
    args: ["--check", "--strict", "--quiet", ".exlab-wizard/checksums.sha256"],
    cwd: farRun,
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, `sha256sum -c in ${farRun}: ${said}`);
}

/** The bytes of every data file of the run are there, and the far record says `status`. */
export async function assertSameRun(runPath: string, farRun: string): Promise<void> {
  const { success, stdout } = await new Deno.Command("diff", {
    args: ["-r", "--no-dereference", "--exclude=.exlab-wizard", runPath, farRun],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stdout));
}

/** `sync_status` of the record in a run's folder, here or there. */
export async function syncStatus(run: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(`${run}/.exlab-wizard/creation.json`)).sync_status;
}
