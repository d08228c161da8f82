/**
 * A run of very many files through the service onto a mount: how long the service kept others
 * waiting, and how much memory it took.
 *
 * `deno run -A scripts/bench/million.ts [--files N] [--folders N] [--dir DIR] [--profile]`
 */
import { parseArgs } from "node:util";
import { openLab } from "../../tests/support/lab.ts";
import { markDestinations } from "../../tests/support/marked.ts";
import type { Stall } from "./stall_meter.ts";

const SERVICE = new URL("million_service.ts", import.meta.url);
/** As the tasks and the executable set it. */
const HEAP = "--v8-flags=--heap-growing-percent=20,--max-semi-space-size=2";
const ASK_EVERY_MS = 15;
/** One in so many files has bytes; a page of memory each would fill a RAM disk. */
const WITH_BYTES = 10;

interface Outcome {
  readonly seconds: number;
  readonly peakMb: number;
  readonly mbByPhase: Readonly<Record<string, number>>;
  readonly stalls: readonly (Stall & { readonly stack: readonly string[] })[];
}

export interface MillionResult extends Outcome {
  /** The longest time somebody waited for an answer of the service. */
  readonly longestAnswerMs: number;
}

export async function millionFiles(
  about: { readonly files: number; readonly folders: number; readonly profile?: boolean },
): Promise<MillionResult> {
  await using lab = await openLab();
  await markDestinations(lab);
  const run = await lab.makeRun({});
  makeFiles(run, about);
  const service = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", HEAP, SERVICE.href, lab.configFile, lab.stateDir.path, run],
    env: { ...lab.env, ...(about.profile ? { BENCH_PROFILE: "1" } : {}) },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = linesOf(service.stdout);
  const { url } = JSON.parse(await said(lines));
  const ending = new AbortController();
  const asking = longestAnswer(new URL("healthz", url), ending.signal);
  await said(lines);
  ending.abort();
  const longestAnswerMs = await asking;
  const outcome: Outcome = JSON.parse(await said(lines));
  await service.status;
  return { ...outcome, longestAnswerMs };
}

function makeFiles(run: string, { files, folders }: { files: number; folders: number }): void {
  for (let folder = 0; folder < folders; folder++) {
    const path = folders === 1 ? run : `${run}/plate_${String(folder).padStart(5, "0")}`;
    Deno.mkdirSync(path, { recursive: true });
    for (let i = folder; i < files; i += folders) {
      const name = `${path}/well_${String(i).padStart(7, "0")}.tif`;
      Deno.writeTextFileSync(name, i % WITH_BYTES === 0 ? `${i}` : "");
    }
  }
}

/**
 * Asks as a page or a monitor does; the answer that took longest. A service that has ended, as it does
 * when the run is safe, is asked no more; one that ended too soon is missed by its last line.
 */
async function longestAnswer(url: URL, signal: AbortSignal): Promise<number> {
  let longestMs = 0;
  while (!signal.aborted) {
    const asked = performance.now();
    try {
      const answer = await fetch(url);
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      break;
    }
    const ms = performance.now() - asked;
    longestMs = Math.max(longestMs, ms);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return longestMs;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

async function said(lines: AsyncGenerator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error("the service ended before it was asked to");
  return value;
}

/** The longest stall of each phase. */
function byPhase(stalls: readonly Stall[]): Map<string, number> {
  const longest = new Map<string, number>();
  for (const { phase, ms } of stalls) longest.set(phase, Math.max(longest.get(phase) ?? 0, ms));
  return longest;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      files: { type: "string", default: "1000000" },
      folders: { type: "string", default: "1000" },
      dir: { type: "string", default: "/dev/shm" },
      profile: { type: "boolean", default: false },
    },
  });
  Deno.env.set("TMPDIR", values.dir);
  const { stalls, ...result } = await millionFiles({
    files: Number(values.files),
    folders: Number(values.folders),
    profile: values.profile,
  });
  console.log(JSON.stringify(result), Object.fromEntries(byPhase(stalls)));
  for (const { phase, ms, fromMs, stack } of stalls.slice(0, values.profile ? 40 : 12)) {
    console.log(`${ms.toFixed(0)} ms at ${(fromMs / 1000).toFixed(1)} s, ${phase}`);
    for (const line of stack) console.log(`    ${line}`);
  }
}
