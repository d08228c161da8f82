import assert from "node:assert/strict";
import { randomId } from "../../lib/base/mod.ts";
import { endLeftovers, JOB_VARIABLE, jobToken } from "../../lib/process/mod.ts";
import { parseGrep } from "../../lib/process/proc_memory.ts";
import { PERMISSIONS } from "../../scripts/permissions.ts";
import { startChild } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { stuckProgram } from "../support/stuck_program.ts";

/** A process that carries `token`, says `up`, and ignores TERM when it is `deaf`. */
function carrier(token: string, deaf = false) {
  return startChild("env", [
    `${JOB_VARIABLE}=${token}`,
    "sh",
    "-c",
    `${deaf ? "trap '' TERM;" : ""} echo up; while :; do sleep 0.05; done`,
  ]);
}

testWith(["linux"], "endLeftovers ends exactly the processes of its token", async () => {
  const state = randomId();
  await using mine = carrier(jobToken(state, "job1", "push"));
  await using deaf = carrier(jobToken(state, "job2"), true);
  await using neighbour = carrier(`${state}2:job1`);
  await using stranger = carrier(jobToken(randomId(), "job1"));
  const all = [mine, deaf, neighbour, stranger];
  await Promise.all(all.map((it) => it.said("up")));
  const { ended } = await endLeftovers(jobToken(state), { graceMs: 200 });
  // Each carrier also has a `sleep` of its own now and then, which carries the token too.
  assert.ok(ended >= 2, String(ended));
  assert.equal((await mine.child.status).signal, "SIGTERM");
  assert.equal((await deaf.child.status).signal, "SIGKILL");
  assert.doesNotThrow(() => Deno.kill(neighbour.child.pid, "SIGCONT"));
  assert.doesNotThrow(() => Deno.kill(stranger.child.pid, "SIGCONT"));
  assert.equal((await endLeftovers(jobToken(state), { graceMs: 200 })).ended, 0);
});

testWith(["linux"], "endLeftovers ends one job and leaves the others of its state", async () => {
  const state = randomId();
  await using one = carrier(jobToken(state, "1"));
  await using eleven = carrier(jobToken(state, "11"));
  await Promise.all([one.said("up"), eleven.said("up")]);
  assert.ok((await endLeftovers(jobToken(state, "1"))).ended >= 1);
  await one.child.status;
  assert.doesNotThrow(() => Deno.kill(eleven.child.pid, "SIGCONT"));
});

const MAIN = new URL("./end_leftovers_main.ts", import.meta.url).pathname;
const LIMIT_MS = 120_000;

for (const [mode, permissions] of [["all", ["-A"]], ["the executable's", PERMISSIONS]] as const) {
  testWith(
    ["fuse", "linux"],
    `with ${mode} permissions, a program that waits in a share that hangs holds nobody up`,
    async () => {
      await using share = await oddShare();
      await using stuck = await stuckProgram(share);
      const state = randomId();
      await using mine = carrier(jobToken(state, "job1"));
      await mine.said("up");
      const signal = AbortSignal.timeout(LIMIT_MS);
      const asked = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--quiet", ...permissions, MAIN, jobToken(state)],
        stdin: "null",
        stderr: "inherit",
        signal,
      });
      const { stdout } = await asked.output();
      assert.equal(signal.aborted, false, `it did not end within ${LIMIT_MS} ms`);
      const said = JSON.parse(new TextDecoder().decode(stdout));
      assert.ok(said.ended >= 1, "what did answer was ended");
      assert.match(
        said.unknown,
        new RegExp(`python3 \\(${stuck.pid}\\) did not say whether`),
      );
      assert.equal(said.sawPrograms, true);
    },
  );
}

Deno.test("what grep says of processes is read whole, whatever the value holds", () => {
  const text = "/proc/12/environ:JOB=a:1=2\0/proc/7/cmdline:ZEN.exe\0grep: (standard input)\0";
  assert.deepEqual(parseGrep(text), [[12, "JOB=a:1=2"], [7, "ZEN.exe"]]);
});

Deno.test("endLeftovers refuses an empty token, which would match everything", async () => {
  await assert.rejects(endLeftovers(""), RangeError);
});

Deno.test("jobToken joins its parts and refuses those that would blur them", () => {
  assert.equal(jobToken("state", "job", "1"), "state:job:1");
  for (const part of ["", "a:b", "a b", "a\0", "a\n"]) {
    assert.throws(() => jobToken("state", part), RangeError, JSON.stringify(part));
  }
});
