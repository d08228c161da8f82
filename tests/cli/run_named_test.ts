/** A run named by a path: from the folder whoever asks is in, over links, beside a service and without one. */
import assert from "node:assert/strict";
import { basename, dirname, join, relative } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";

/** Every way to write one path, with the folder it is written in. */
async function spellings(lab: Lab, run: string) {
  const link = lab.join("as-configured");
  await Deno.symlink(lab.dataRoot, link);
  const cwd = dirname(run);
  const overLink = join(link, relative(lab.dataRoot, run));
  return [basename(run), `./${basename(run)}/`, overLink, relative(cwd, overLink)]
    .map((ref) => ({ ref, cwd }));
}

async function findsAll(lab: Lab, run: string, ways: Awaited<ReturnType<typeof spellings>>) {
  for (const { ref, cwd } of ways) {
    const { code, stderr, stdout } = await labferry(lab, ["why", ref], { cwd });
    assert.equal(code, 0, `${ref}: ${stderr}`);
    assert.ok(stdout.includes(run), `${ref}: ${stdout}`);
  }
}

testWith(["links"], "a run is found by a relative path and by one over links", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  const run = await Deno.realPath(await lab.makeRun({ "a.dat": "alpha" }));
  assert.equal((await labferry(lab, ["enqueue", run])).code, 0);
  const ways = await spellings(lab, run);
  await findsAll(lab, run, ways);
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await findsAll(lab, run, ways);
    // What is relative begins where the caller is, never where the service was started.
    const here = relative(Deno.cwd(), run);
    await assert.rejects(daemon.control.job(here), { code: "unknown_run" });
  }
  await Deno.rename(run, `${run}-moved-away`);
  await findsAll(lab, run, ways);
});

Deno.test("who names a run that is not there hears where one of that name is", async () => {
  await using lab = await openLab();
  const run = await Deno.realPath(await lab.makeRun({ "a.dat": "alpha" }));
  assert.equal((await labferry(lab, ["enqueue", run])).code, 0);
  const { code, stderr } = await labferry(lab, ["pin", basename(run)], { cwd: lab.path });
  assert.equal(code, 2, stderr);
  assert.ok(stderr.includes(`hint: of that name there is ${run}\n`), stderr);
  const other = await labferry(lab, ["pin", "Run_%"], { cwd: lab.path });
  assert.match(other.stderr, /hint: `labferry queue list`/);
});
