/** Folders and destinations that are one place, or lie in one another. */
import assert from "node:assert/strict";
import { createTransport, openStateDir, shipRun } from "../../lib/daemon/mod.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

async function ship(dir: TempDir, run: string, to: string) {
  return await shipRun({
    dir: dir.join(run),
    transport: createTransport({ type: "mount", path: dir.join(to) }),
    stateDir: await openStateDir(dir.join("state")),
    initDestination: true,
    uploadMbps: null,
    gate: true,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
}

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
}

Deno.test("shipRun refuses a folder and a destination that lie in one another, and leaves no trace", async () => {
  for (
    const [run, to] of [
      ["lab/run", "lab/run"],
      ["lab/run", "lab/run/out/deep"],
      ["lab/run", "lab"],
      ["lab/run", "link"],
      ["lab/run/run", "lab"],
    ] as const
  ) {
    await using dir = await tempDir();
    await dir.write("lab/run/a.dat", "alpha");
    await dir.write("lab/run/run/b.dat", "beta");
    await Deno.symlink(dir.join("lab"), dir.join("link"));
    await assert.rejects(ship(dir, run, to), { code: "usage" }, `${run} to ${to}`);
    assert.deepEqual(await namesIn(dir.join("lab")), ["run"]);
    assert.deepEqual(await namesIn(dir.join("lab/run")), ["a.dat", "run"]);
  }
});

Deno.test("shipRun takes a folder to a neighbour whose name only begins alike", async () => {
  await using dir = await tempDir();
  await dir.write("lab/run/a.dat", "alpha");
  assert.equal((await ship(dir, "lab/run", "lab/run2")).state, "verified");
});

Deno.test("shipRun refuses folders named like labferry's own", async () => {
  for (const name of [".labferry-superseded", ".labferry-destination.json", ".exlab-wizard"]) {
    await using dir = await tempDir();
    await dir.write(`${name}/a.dat`, "alpha");
    await assert.rejects(ship(dir, name, "nas"), { code: "usage" });
    assert.deepEqual((await namesIn(dir.path)).includes("nas"), false);
  }
});
