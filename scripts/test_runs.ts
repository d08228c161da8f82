/**
 * Starts the runner, shows what it says, and counts. Modules that run one after the other in one process slow
 * each other down: what the first leaves in memory makes each start of a program and each collection of the
 * later ones dearer. So a whole run starts a process for each module, a few at a time.
 */
import { stripVTControlCharacters } from "node:util";

export interface Counted {
  readonly code: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Outcome extends Counted {
  /** What the runner said of failures, and its sum. */
  readonly lines: readonly string[];
  /** The JUnit reports; one that was not written is the empty text. */
  readonly reports: readonly string[];
}

export interface Runs {
  /** Of the tests. */
  readonly env: Readonly<Record<string, string>>;
  /** Where reports are written. */
  readonly dir: string;
  /** Takes what the runner says, line by line. */
  readonly print?: (text: string) => void;
}

/** Half of a test's time is waiting, so half as many again as there are cores keep these busy. */
export function jobsOfMachine(): number {
  return Number(Deno.env.get("DENO_JOBS")) || Math.ceil(navigator.hardwareConcurrency * 1.5);
}

/** One process for all that `args` name. */
export function runTests(args: readonly string[], runs: Runs): Promise<Outcome> {
  return runProcess(["--parallel", ...args], { ...runs, jobs: jobsOfMachine() });
}

/** A process for each module, begun in this order; their types are not checked. */
export async function runEach(modules: readonly string[], runs: Runs): Promise<Outcome> {
  const left = [...modules];
  const outcomes: Outcome[] = [];
  const worker = async () => {
    for (let module = left.shift(); module !== undefined; module = left.shift()) {
      // Told to run side by side, the runner begins each line with the module's name.
      outcomes.push(await runProcess(["--no-check", "--parallel", module], { ...runs, jobs: 2 }));
    }
  };
  await Promise.all(Array.from({ length: jobsOfMachine() }, worker));
  const sum = (key: "passed" | "failed" | "skipped") =>
    outcomes.reduce((total, one) => total + one[key], 0);
  return {
    code: outcomes.find(({ code }) => code !== 0)?.code ?? 0,
    passed: sum("passed"),
    failed: sum("failed"),
    skipped: sum("skipped"),
    lines: outcomes.flatMap(({ lines }) => lines),
    reports: outcomes.flatMap(({ reports }) => reports),
  };
}

async function runProcess(
  args: readonly string[],
  { env, dir, print = console.log, jobs }: Runs & { readonly jobs: number },
): Promise<Outcome> {
  const report = `${dir}/${crypto.randomUUID()}.xml`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", `--junit-path=${report}`, ...args],
    env: { DENO_NO_UPDATE_CHECK: "1", DENO_JOBS: String(jobs), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = await shown(child.stdout, print);
  const { code } = await child.status;
  const counts = countsIn(lines);
  // What went wrong outside of all tests is in no count.
  const failed = code === 0 ? counts.failed : Math.max(counts.failed, 1);
  return { code, ...counts, failed, lines, reports: [await textOf(report)] };
}

/** Shows what is said line by line, the errors at its end in one piece; gives what tells of failures. */
async function shown(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  print: (text: string) => void,
): Promise<string[]> {
  const kept: string[] = [];
  let rest = "";
  let end = "";
  const take = (line: string) => {
    const plain = stripVTControlCharacters(line);
    if (/FAILED| passed/.test(plain)) kept.push(plain);
    if (end !== "" || plain.trim() === "ERRORS") end += `${line}\n`;
    else print(line);
  };
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const whole = (rest + text).split("\n");
    rest = whole.pop()!;
    whole.forEach(take);
  }
  if (rest !== "") take(rest);
  if (end !== "") print(end);
  return kept;
}

/** From the runner's own last line; without one nothing was tested. */
function countsIn(lines: readonly string[]): Omit<Counted, "code"> {
  const summary = lines.map((line) =>
    /\| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/.exec(line)
  ).findLast((found) => found !== null);
  if (!summary) return { passed: 0, failed: 1, skipped: 0 };
  const [passed, failed, skipped] = summary.slice(1).map((count) => Number(count ?? 0));
  return { passed: passed!, failed: failed!, skipped: skipped! };
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
