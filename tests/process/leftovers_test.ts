import assert from "node:assert/strict";
import { randomId } from "../../lib/base/mod.ts";
import { endLeftovers, JOB_VARIABLE, jobToken } from "../../lib/process/mod.ts";
import { startChild } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";

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
  const ended = await endLeftovers(jobToken(state), { graceMs: 200 });
  // Each carrier also has a `sleep` of its own now and then, which carries the token too.
  assert.ok(ended >= 2, String(ended));
  assert.equal((await mine.child.status).signal, "SIGTERM");
  assert.equal((await deaf.child.status).signal, "SIGKILL");
  assert.doesNotThrow(() => Deno.kill(neighbour.child.pid, "SIGCONT"));
  assert.doesNotThrow(() => Deno.kill(stranger.child.pid, "SIGCONT"));
  assert.equal(await endLeftovers(jobToken(state), { graceMs: 200 }), 0);
});

testWith(["linux"], "endLeftovers ends one job and leaves the others of its state", async () => {
  const state = randomId();
  await using one = carrier(jobToken(state, "1"));
  await using eleven = carrier(jobToken(state, "11"));
  await Promise.all([one.said("up"), eleven.said("up")]);
  assert.ok(await endLeftovers(jobToken(state, "1")) >= 1);
  await one.child.status;
  assert.doesNotThrow(() => Deno.kill(eleven.child.pid, "SIGCONT"));
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
