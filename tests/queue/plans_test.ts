/** Statements of the queue are planned once: no parameter is there that the planner looks at. */
import assert from "node:assert/strict";

const QUEUE = new URL("../../lib/queue/", import.meta.url);

Deno.test("no limit of the queue's statements has them planned anew with each call", async () => {
  let limits = 0;
  for await (const { name } of Deno.readDir(QUEUE)) {
    if (!name.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(new URL(name, QUEUE));
    limits += source.match(/LIMIT \+\?/g)?.length ?? 0;
    assert.doesNotMatch(source, /LIMIT [?:@$]\w*[\s"'`,)]/, `${name}: write LIMIT +?`);
  }
  assert.ok(limits > 20, `${limits} limits were found`);
});
