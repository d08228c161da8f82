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
    existing: "all",
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

Deno.test("existing is all, new_only, or a day of this computer's calendar", () => {
  const existing = (text: string) =>
    configOf(withIntake(`{ watch: [/out], project: P, existing: ${text} }`)).equipment[0]!.intake!
      .existing;
  assert.equal(existing("new_only"), "new_only");
  assert.deepEqual(existing("{ since: 2026-01-31 }"), { sinceMs: +new Date(2026, 0, 31) });
  const instant = { sinceMs: Date.parse("2026-01-31T08:00:00Z") };
  assert.deepEqual(existing('{ since: "2026-01-31T09:00:00+01:00" }'), instant);
  for (const odd of ["none", "{ since: 2026-02-30 }", "{ since: yesterday }"]) {
    const problems = problemsOf(withIntake(`{ watch: [/out], project: P, existing: ${odd} }`));
    assert.equal(problems.length, 1, odd);
  }
});

Deno.test("head_start is refused where half a run would be taken for a whole one, or has no place", () => {
  assert.equal(configOf(equipment("    head_start: true\n")).equipment[0]!.headStart, true);
  for (
    const intake of [
      "{ watch: [/out], project: P, mode: move }",
      '{ watch: [/out], project: P, run: { kind: files, match: "*.raw" } }',
    ]
  ) {
    const problems = problemsOf(equipment(`    head_start: true\n    intake: ${intake}\n`));
    assert.match(problems.join("\n"), /head_start/);
  }
});
