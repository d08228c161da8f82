/**
 * Ratios, not seconds: a command of ours and what a person would use instead, in turn (A B A B …),
 * on the same data in the same minute. This machine is shared; the median of the ratios is what
 * counts.
 */
export interface Pair {
  readonly name: string;
  /** Largest ratio the budget allows (`docs/performance.md`). */
  readonly budget: number;
  /** Undoes what a run left, outside the clock. */
  readonly reset: () => Promise<void>;
  readonly ours: () => Promise<void>;
  readonly theirs: () => Promise<void>;
}

export interface PairResult {
  readonly name: string;
  readonly budget: number;
  readonly oursMs: number;
  readonly theirsMs: number;
  /** The median of the rounds' ratios. */
  readonly ratio: number;
  /** The shortest of each: what the machine's other work took least from. */
  readonly shortest: { readonly oursMs: number; readonly theirsMs: number };
}

export async function measure(pair: Pair, rounds: number): Promise<PairResult> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    await pair.reset();
    const a = await timed(pair.ours);
    await pair.reset();
    const b = await timed(pair.theirs);
    if (round === 0) continue; // warms caches and code
    ours.push(a);
    theirs.push(b);
  }
  await pair.reset();
  return compared(pair, { ours, theirs });
}

/** Median of the ratios where they were taken in turn, as they always are here. */
export function compared(
  { name, budget }: Pick<Pair, "name" | "budget">,
  { ours, theirs }: { readonly ours: readonly number[]; readonly theirs: readonly number[] },
): PairResult {
  return {
    name,
    budget,
    oursMs: median(ours),
    theirsMs: median(theirs),
    ratio: median(ours.map((ms, i) => ms / theirs[i]!)),
    shortest: { oursMs: Math.min(...ours), theirsMs: Math.min(...theirs) },
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Runs a tool; its failure is the benchmark's. */
export async function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, {
    args: [...args],
    ...options,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(
      `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr).slice(-400)}`,
    );
  }
}

/** `sha256sum` over every file below `dir`, as a person would: one process, NUL-separated names. */
export async function sha256sumTree(dir: string): Promise<void> {
  await run("sh", ["-c", "find . -type f -print0 | xargs -0 sha256sum > /dev/null"], { cwd: dir });
}

export async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
