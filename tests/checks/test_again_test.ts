/** A test that failed among all others: what is tried again, and what never is. */
import assert from "node:assert/strict";
import { type FailedTest, failedTests, passAlone } from "../../scripts/test_again.ts";
import { runEach } from "../../scripts/test_runs.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

/** Their lines would stand among those of this suite. */
const QUIET = { env: {}, print: () => {} };

/** Runs modules as the suite is run: what is known of those that failed. */
async function failuresOf(
  dir: TempDir,
  sources: Readonly<Record<string, string>>,
): Promise<readonly FailedTest[] | null> {
  const modules = await Promise.all(Object.entries(sources).map((entry) => dir.write(...entry)));
  const outcome = await runEach(modules, { env: {}, dir: dir.path, print: () => {} });
  assert.equal(outcome.code, 1);
  return failedTests(outcome);
}

/** Fails the first `times` times. */
const failing = (name: string, { file, times }: { file: string; times: number }) =>
  `Deno.test(${JSON.stringify(name)}, () => {
    let n = 0;
    try { n = Number(Deno.readTextFileSync(${JSON.stringify(file)})); } catch { /* the first */ }
    Deno.writeTextFileSync(${JSON.stringify(file)}, String(n + 1));
    if (n < ${times}) throw new Error("<not> now & \\"here\\"");
  });\n`;

Deno.test("a test that failed is found by its whole name, without its steps, and passes when it is well", async () => {
  await using dir = await tempDir();
  const odd = 'it is <odd> & "quoted" (a+b) ... [ok] > or not';
  const failed = (await failuresOf(dir, {
    "one_test.ts": failing(odd, { file: dir.join("n"), times: 1 }) +
      `Deno.test("fine", () => {});
       Deno.test("fine > by its name", async (t) => void await t.step("inner", () => {}));`,
  }))!;
  assert.deepEqual(failed.map(({ name }) => name), [odd]);
  assert.deepEqual(await passAlone(failed, QUIET), failed);
  assert.equal(await Deno.readTextFile(dir.join("n")), "4", "three times, all of them by itself");
});

Deno.test("a test that fails once more by itself has failed", async () => {
  await using dir = await tempDir();
  const source = failing("late", { file: dir.join("n"), times: 2 });
  assert.equal(await passAlone((await failuresOf(dir, { "one_test.ts": source }))!, QUIET), null);
});

Deno.test("steps count to their test", async () => {
  await using dir = await tempDir();
  const failed = await failuresOf(dir, {
    "one_test.ts": `Deno.test("outer", (t) => t.step("inner", () => { throw new Error("no"); }));`,
  });
  assert.deepEqual(failed!.map(({ name }) => name), ["outer"]);
});

Deno.test("a test that a helper registers is tried where it runs", async () => {
  await using dir = await tempDir();
  await dir.write(
    "helper.ts",
    `export const testWith = (file: string) => Deno.test("registered", async (t) =>
       void await t.step("inner", () => {
         let n = 0;
         try { n = Number(Deno.readTextFileSync(file)); } catch { /* the first */ }
         Deno.writeTextFileSync(file, String(n + 1));
         if (n < 1) throw new Error("not now");
       }));`,
  );
  const member = (at: number) =>
    `import { testWith } from "./helper.ts"; testWith(${JSON.stringify(dir.join(`n${at}`))});`;
  await dir.write("member.ts", member(2));
  const failed = (await failuresOf(dir, {
    "one_test.ts": member(1),
    "group_test.ts": `import "./member.ts";`,
  }))!;
  assert.equal(failed.length, 2);
  assert.deepEqual(await passAlone(failed, QUIET), failed);
  for (const at of [1, 2]) assert.equal(await Deno.readTextFile(dir.join(`n${at}`)), "4");
});

Deno.test("an error in nobody's turn, a count that does not fit and many failures are not tried again", async () => {
  await using dir = await tempDir();
  const failed = await failuresOf(dir, {
    "one_test.ts": `Deno.test("waits", () => new Promise((resolve) => setTimeout(resolve, 500)));
     setTimeout(() => { throw new Error("nobody's"); }, 50);`,
  });
  assert.equal(failed, null);
  assert.equal(failedTests({ reports: [""], lines: [], failed: 1 }), null);
  const none = '<testsuites name="x" tests="1" failures="0" errors="0" time="0"></testsuites>';
  assert.equal(failedTests({ reports: [none], lines: [], failed: 1 }), null);
  const four = Array.from({ length: 4 }, (_, i) => ({ module: "gone.ts", name: `${i}` }));
  assert.equal(await passAlone(four, QUIET), null);
  assert.equal(await passAlone([], QUIET), null);
  assert.equal(await passAlone(four.slice(0, 1), QUIET), null, "a module that is not there");
});
