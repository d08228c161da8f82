/** A test that failed among all others: what is tried again, and what never is. */
import assert from "node:assert/strict";
import { failedTests, passAlone } from "../../scripts/test_again.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

/** Their lines would stand among those of this suite. */
const QUIET = { env: {}, print: () => {} };

/** Runs a module as the suite is run, and gives its report. */
async function reportOf(dir: TempDir, source: string): Promise<{ module: string; report: string }> {
  const module = await dir.write("one_test.ts", source);
  const path = dir.join("report.xml");
  await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", `--junit-path=${path}`, module],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return { module, report: await Deno.readTextFile(path) };
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
  const { report } = await reportOf(
    dir,
    failing(odd, { file: dir.join("n"), times: 1 }) +
      `Deno.test("fine", () => {});
       Deno.test("fine > by its name", async (t) => void await t.step("inner", () => {}));`,
  );
  const failed = failedTests(report, 1)!;
  assert.deepEqual(failed.map(({ name }) => name), [odd]);
  assert.deepEqual(await passAlone(failed, QUIET), failed);
  assert.equal(await Deno.readTextFile(dir.join("n")), "4", "three times, all of them by itself");
});

Deno.test("a test that fails once more by itself has failed", async () => {
  await using dir = await tempDir();
  const { report } = await reportOf(dir, failing("late", { file: dir.join("n"), times: 2 }));
  assert.equal(await passAlone(failedTests(report, 1)!, QUIET), null);
});

Deno.test("steps count to their test", async () => {
  await using dir = await tempDir();
  const { report } = await reportOf(
    dir,
    `Deno.test("outer", (t) => t.step("inner", () => { throw new Error("no"); }));`,
  );
  assert.deepEqual(failedTests(report, 1)!.map(({ name }) => name), ["outer"]);
});

Deno.test("an error in nobody's turn, a count that does not fit and many failures are not tried again", async () => {
  await using dir = await tempDir();
  const { report } = await reportOf(
    dir,
    `Deno.test("waits", () => new Promise((resolve) => setTimeout(resolve, 500)));
     setTimeout(() => { throw new Error("nobody's"); }, 50);`,
  );
  assert.equal(failedTests(report, 1), null);
  assert.equal(failedTests("", 1), null);
  const none = '<testsuites name="x" tests="1" failures="0" errors="0" time="0"></testsuites>';
  assert.equal(failedTests(none, 1), null);
  const four = Array.from({ length: 4 }, (_, i) => ({ module: "gone.ts", name: `${i}` }));
  assert.equal(await passAlone(four, QUIET), null);
  assert.equal(await passAlone([], QUIET), null);
  assert.equal(await passAlone(four.slice(0, 1), QUIET), null, "a module that is not there");
});
