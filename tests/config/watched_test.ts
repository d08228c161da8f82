/** `intake.watch`: whose folders, and how a project is read from a name. */
import assert from "node:assert/strict";
import { configOf, equipment, problemsOf } from "./support.ts";

function withIntake(intake: string): string {
  return equipment(`    intake: ${intake}\n`);
}

Deno.test("intake takes a project's name or a pattern, and stays or moves", () => {
  const { intake } = configOf(
    withIntake('{ watch: [/out], project: { pattern: "^(?<project>[^_]+)_" }, mode: move }'),
  ).equipment[0]!;
  assert.deepEqual(intake, {
    watch: ["/out"],
    project: { pattern: "^(?<project>[^_]+)_" },
    mode: "move",
    run: { kind: "folder" },
  });
});

Deno.test("intake refuses patterns that say no project, or more than is read", () => {
  const problem = (pattern: string) =>
    problemsOf(withIntake(`{ watch: [/out], project: { pattern: '${pattern}' } }`)).join("\n");
  assert.match(problem("^[^_]+_"), /must have a part \(\?<project>…\)/);
  assert.match(
    problem("(?<project>a)(?<date>b)"),
    /knows the parts project and operator, not date/,
  );
  assert.match(problem("(?<project>"), /must be a regular expression/);
});

Deno.test("a watched folder is nested with nothing else", () => {
  const problem = (watch: string) =>
    problemsOf(withIntake(`{ watch: ${watch}, project: P }`)).join("\n");
  assert.match(problem("[/data/lab/A/P]"), /nested with, the runs of A/);
  assert.match(problem("[/data]"), /nested with, the runs of A/);
  assert.match(problem("[/mnt/nas]"), /nested with, the destination of A/);
  assert.match(problem("[/mnt/nas/A/out]"), /nested with, the destination of A/);
  assert.match(problem("[/out, /out/today]"), /nested with, what is watched for A/);
  assert.equal(problem("[/data/lab/out, /out]"), "");
});
