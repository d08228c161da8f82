/** What a person can check at the destination with nothing of ours installed. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

const HASHED_HERE = Deno.build.os === "windows";

/** `cd <far run> && sha256sum -c .exlab-wizard/checksums.sha256` passes. */
export async function assertProven(farRun: string): Promise<void> {
  if (HASHED_HERE) return await assertListed(farRun);
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
  if (HASHED_HERE) return assert.deepEqual(hashesBelow(farRun), hashesBelow(runPath));
  const { success, stdout } = await new Deno.Command("diff", {
    args: ["-r", "--no-dereference", "--exclude=.exlab-wizard", runPath, farRun],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stdout));
}

/** Windows brings neither sha256sum nor diff: the same by our own hand. */
async function assertListed(farRun: string): Promise<void> {
  const text = await Deno.readTextFile(join(farRun, ".exlab-wizard/checksums.sha256"));
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, sum, name] = /^([0-9a-f]{64}) {2}(.*)$/.exec(line)!;
    assert.equal(sha256(join(farRun, name!)), sum, name);
  }
}

function hashesBelow(dir: string, below = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(join(dir, below))) {
    if (below === "" && name === ".exlab-wizard") continue;
    const path = `${below}${name}`;
    if (isDirectory) Object.assign(found, hashesBelow(dir, `${path}/`));
    else found[path] = sha256(join(dir, path));
  }
  return found;
}

function sha256(path: string): string {
  return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
}

/** `sync_status` of the record in a run's folder, here or there. */
export async function syncStatus(run: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(`${run}/.exlab-wizard/creation.json`)).sync_status;
}
