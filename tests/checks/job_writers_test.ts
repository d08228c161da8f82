/** State, hold, attempts and due of a job are written in few places, and moved by one door. */
import assert from "node:assert/strict";
import { sourceFiles } from "./source_files.ts";

/** Who writes rows of `jobs`, each with its reason. */
const WRITERS: Readonly<Record<string, string>> = {
  "lib/queue/transitions.ts": "the one guarded UPDATE that a move commits",
  "lib/queue/jobs.ts": "a job's birth",
  "lib/queue/claims.ts": "a due that has come is taken for now; it decides nothing",
  "lib/queue/files.ts": "counts of files and bytes, no column of the machine",
};

/** Who calls what commits a change of a job. */
const MOVERS: Readonly<Record<string, string>> = {
  "lib/jobs/moves.ts": "the door",
};

Deno.test("rows of jobs are written where it is known that they are", async () => {
  const found = await filesWith(/\b(UPDATE|INSERT INTO|REPLACE INTO|DELETE FROM) jobs\b/);
  assert.deepEqual(found, Object.keys(WRITERS).sort());
});

Deno.test("only the queue's own columns are written beside the guarded UPDATE", async () => {
  const moves = /UPDATE jobs SET (?!next_attempt_at = NULL|\(files, bytes\))([a-z_]+)/;
  assert.deepEqual(await filesWith(moves), []);
});

Deno.test("nobody but the moves commits a change of a job", async () => {
  const found = await filesWith(/\b\w*[qQ]ueue\.(jobs\.)?transition\(/);
  assert.deepEqual(found, Object.keys(MOVERS).sort());
});

Deno.test("nobody but the moves asks the machine", async () => {
  const found = await filesWith(/\bnext\(\w+, (event|\{ type)/);
  assert.deepEqual(found, Object.keys(MOVERS).sort());
});

Deno.test("there is one way into the queue: intake's admit", async () => {
  const queueing = await filesWith(/\b([qQ]ueue|jobs)\.enqueue\(/);
  assert.deepEqual(queueing, ["lib/jobs/moves.ts"]);
  assert.deepEqual(await filesWith(/\.enter\(/), ["lib/intake/admit.ts"]);
});

async function filesWith(pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, text } of sourceFiles("lib")) {
    if (path !== "lib/jobs/machine.ts" && pattern.test(text)) found.push(path);
  }
  return found.sort();
}
