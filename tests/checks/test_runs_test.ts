/** A whole run is a process for each module: none is lost in the sum, nor what no test is to blame for. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { failedTests } from "../../scripts/test_again.ts";
import { runEach } from "../../scripts/test_runs.ts";
import { tempDir } from "../support/temp_dir.ts";

async function run(sources: Readonly<Record<string, string>>) {
  await using dir = await tempDir();
  const modules = await Promise.all(Object.entries(sources).map((entry) => dir.write(...entry)));
  const said: string[] = [];
  const outcome = await runEach(modules, {
    env: {},
    dir: dir.path,
    print: (text) => void said.push(stripVTControlCharacters(text)),
  });
  return { outcome, said: said.join("\n") };
}

Deno.test("what the modules of a run passed, failed and skipped is summed up, and shown", async () => {
  const { outcome, said } = await run({
    "one_test.ts": `Deno.test("a", () => {}); Deno.test("b", () => {});`,
    "two_test.ts": `Deno.test("c", () => {}); Deno.test.ignore("d", () => {});`,
    "three_test.ts": `Deno.test("e", () => { throw new Error("so it is"); });`,
    "four_test.ts": `Deno.test("f", () => {});`,
  });
  const { code, passed, failed, skipped } = outcome;
  assert.deepEqual({ code, passed, failed, skipped }, {
    code: 1,
    passed: 4,
    failed: 1,
    skipped: 1,
  });
  assert.match(said, /four_test\.ts => f \.\.\. .*ok/);
  assert.match(said, /so it is/);
});

Deno.test("a run in which all is well ends well", async () => {
  const { outcome: { code, passed, failed } } = await run({
    "one_test.ts": `Deno.test("a", () => {});`,
    "two_test.ts": `Deno.test("b", () => {});`,
  });
  assert.deepEqual({ code, passed, failed }, { code: 0, passed: 2, failed: 0 });
});

for (
  const [what, source] of [
    ["does not load", `import "./nowhere.ts";`],
    [
      "ends its process",
      `Deno.test("a", () => {}); Deno.test("b", () => Deno.kill(Deno.pid, "SIGKILL"));`,
    ],
    ["says what is no program", `Deno.test("a", () => {`],
  ] as const
) {
  Deno.test(`a module that ${what} has failed, and no test is tried again for it`, async () => {
    const { outcome } = await run({
      "good_test.ts": `Deno.test("good", () => {});`,
      "odd_test.ts": source,
    });
    assert.notEqual(outcome.code, 0);
    assert.ok(outcome.failed >= 1);
    assert.equal(failedTests(outcome), null);
  });
}
