/**
 * What failed among all tests is tried by itself. Three thousand tests on two busy cores wait for each
 * other in ways that no one of them does alone; a whole run that fails for one of those says nothing of
 * the other 2,999. Such a test is a fault all the same, of the test or of labferry, that was not found yet:
 * it is named at the end, with what it said above. Only a few may, each has to pass three times in a row,
 * and what belongs to no test (an error in nobody's turn) is never tried again.
 */

import type { Outcome } from "./test_runs.ts";

/** More than these are no accident. */
const MOST = 3;
/** In a row. */
const TIMES = 3;

export interface FailedTest {
  /** What the runner ran, as it names it: a path from where it was started. */
  readonly module: string;
  readonly name: string;
}

/**
 * The failed tests (without their steps); null when something else failed too. The names are those of the
 * JUnit reports. These tell where a test was registered, which may be a helper of many modules, so the module
 * is that of the runner's own line: `MODULE => NAME ... FAILED`, which it prints when several run at once.
 */
export function failedTests(
  { reports, lines, failed }: Pick<Outcome, "reports" | "lines" | "failed">,
): readonly FailedTest[] | null {
  const names = new Set<string>();
  for (const report of reports) {
    if (Number(/<testsuites [^>]*errors="(\d+)"/.exec(report)?.[1] ?? 1) > 0) return null;
    for (
      const [, name, body] of report.matchAll(/<testcase name="([^"]*)"[^>]*>(.*?)<\/testcase>/gs)
    ) {
      if (body!.includes("<failure")) names.add(unescaped(name!));
    }
  }
  const tests = [...names].flatMap((name) => {
    const end = ` => ${name} ... FAILED (`;
    return lines.filter((line) => line.includes(end))
      .map((line) => ({ module: line.slice(0, line.indexOf(end)), name }));
  });
  return tests.length === failed ? tests : null;
}

interface Alone {
  /** Of the tests. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes what they say. */
  readonly print: (text: string) => void;
}

/** Those that passed each time, by themselves; null when one did not, or there were too many to try. */
export async function passAlone(
  failed: readonly FailedTest[],
  alone: Alone,
): Promise<readonly FailedTest[] | null> {
  if (failed.length === 0 || failed.length > MOST) return null;
  for (const test of failed) {
    for (let time = 1; time <= TIMES; time++) {
      alone.print(`\nBy itself, ${time} of ${TIMES}: ${test.name}\n`);
      if (!await passes(test, alone)) return null;
    }
  }
  return failed;
}

async function passes(
  { module, name }: FailedTest,
  { env, print }: Alone,
): Promise<boolean> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--filter", `/^${RegExp.escape(name)}$/`, module],
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const said = new TextDecoder().decode(stdout);
  print(said);
  // A filter that fits nothing passes too.
  return success && /\| 1 passed/.test(said);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function unescaped(text: string): string {
  return text.replace(
    /&#(x?)([0-9a-fA-F]+);/g,
    (_, x, digits) => String.fromCodePoint(parseInt(digits, x ? 16 : 10)),
  )
    .replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity]!);
}
