/** What people install: how big it is, how long it takes to start, and what it needs at rest. */
import { join } from "node:path";
import { bundleProgram } from "../bundle.ts";
import { makeExecutable } from "../compile/executable.ts";
import { makePortable } from "../compile/portable.ts";
import { CompileError, type Target, targetNamed, TARGETS } from "../compile/targets.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import type { Figure } from "./figures.ts";
import { median, removeIfThere, run } from "./pair.ts";
import { manyRuns, serviceAtRest, type Start } from "./service.ts";

/** As a release is compressed. */
const LEVEL = 6;

/** The portable file of every target, and the executable where its base runtime can be had. */
export async function artefactSizes(dir: string): Promise<Figure[]> {
  const programDir = join(dir, "artefact-program");
  const entry = await bundleProgram(programDir);
  const figures: Figure[] = [];
  const row = (what: string, measured: string) =>
    figures.push({ name: `artefact: size of ${what}`, measured, goal: "–" });
  for (const target of TARGETS) {
    const { length } = await makePortable(target, { programDir, level: LEVEL });
    row(`the portable ${target.os === "windows" ? "zip" : "file"}, ${target.triple}`, mb(length));
    row(`the executable, ${target.triple}`, await executableSize(target, { dir, entry }));
  }
  return figures;
}

async function executableSize(
  target: Target,
  { dir, entry }: { dir: string; entry: string },
): Promise<string> {
  const output = join(dir, target.os === "windows" ? "labferry.exe" : "labferry-compiled");
  try {
    await makeExecutable(target, { entry, output });
    return mb((await Deno.stat(output)).size);
  } catch (error) {
    if (error instanceof CompileError) return "not made: no base runtime here";
    throw error;
  }
}

/** The portable file of this machine, unpacked into a folder that goes with the scope. */
async function portableHere(): Promise<Start & { cache: string } & AsyncDisposable> {
  // Not below /dev, where the bench keeps its data: the runtime refuses that to a narrowed program.
  const dir = await tempDir("labferry-bench-");
  const programDir = dir.join("program");
  await bundleProgram(programDir);
  const file = dir.join("labferry-portable");
  const target = targetNamed(Deno.build.target);
  await Deno.writeFile(file, await makePortable(target, { programDir, level: LEVEL }), {
    mode: 0o755,
  });
  const cache = dir.join("cache");
  return {
    name: "portable file",
    command: ["env", `LABFERRY_CACHE_DIR=${cache}`, file],
    cache,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

export async function artefactStarts(rounds: number): Promise<Figure[]> {
  await using portable = await portableHere();
  const version = () => run(portable.command[0]!, [...portable.command.slice(1), "--version"]);
  const first: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await removeIfThere(portable.cache);
    first.push(await timed(version));
    await version();
    for (let again = 0; again < STARTS; again++) later.push(await timed(version));
  }
  const row = (name: string, times: number[], goal: string) => ({
    name: `portable file: ${name}`,
    measured: `${Math.round(median(times))} ms`,
    goal,
  });
  return [
    row("first start to --version, with its unpacking", first, "–"),
    row("start to --version", later, "≤ 80 ms"),
    ...await serviceAtRest(portable, rounds),
  ];
}

export async function artefactRuns(runs: number): Promise<Figure[]> {
  await using portable = await portableHere();
  return await manyRuns(portable, { runs });
}

const STARTS = 5;

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
