/**
 * A read-only walk over what an instrument has written before labferry came: each folder directly in
 * the tree is traced, and put to every preset that can know a run's end. Nothing is opened for writing;
 * no link is followed.
 */
import { join } from "node:path";
import { compareUtf8, LabferryError } from "../base/mod.ts";
import { type PresetRules, presetRules } from "../config/mod.ts";
import { type DiskPool, eachEntryOf, lstatOrNull } from "../disk/mod.ts";
import {
  forbiddenThere,
  judgeDone,
  type MarkPlan,
  type Marks,
  MarkSeeker,
  planMarks,
  ruleEvidence,
} from "../intake/mod.ts";
import { PRESETS } from "../presets/mod.ts";
import { MOMENT_MS, type Trace, Tracer } from "./trace.ts";

export interface OldRun extends Trace {
  /** Name of the folder in the tree. */
  readonly name: string;
  /** Presets whose end of a run this folder has. */
  readonly ended: readonly string[];
}

export interface OldRuns {
  readonly runs: readonly OldRun[];
  /** What could not be read; the first few. */
  readonly problems: readonly string[];
}

export interface LearnOptions {
  readonly pool: Pick<DiskPool, "walkTree">;
  readonly signal: AbortSignal;
}

const MOST_FOLDERS = 100_000;
const MOST_PROBLEMS = 20;

/** @throws LabferryError `not_found`, `not_a_folder` … what the disk says of the tree itself */
export async function oldRunsIn(tree: string, options: LearnOptions): Promise<OldRuns> {
  // Files beside one another are looked at as one number only: a preset of files fits no folder.
  const plans = PRESETS.filter(({ keys }) => keys.intake === undefined)
    .map((preset) => planned(presetRules(preset)));
  const problems: string[] = [];
  const runs: OldRun[] = [];
  for (const name of await foldersIn(tree)) {
    options.signal.throwIfAborted();
    runs.push(await traced(join(tree, name), { ...options, name, plans, problems }));
  }
  return { runs, problems };
}

interface Planned extends PresetRules {
  readonly plan: MarkPlan;
}

function planned(rules: PresetRules): Planned {
  return { ...rules, plan: planMarks(rules.completeness, rules.rules) };
}

async function foldersIn(tree: string): Promise<string[]> {
  const folders: string[] = [];
  for await (const { name, isDirectory } of eachEntryOf(tree)) {
    if (isDirectory && !name.startsWith(".") && folders.length < MOST_FOLDERS) folders.push(name);
  }
  return folders.sort(compareUtf8);
}

async function traced(
  folder: string,
  { name, plans, problems, pool, signal }: LearnOptions & {
    readonly name: string;
    readonly plans: readonly Planned[];
    readonly problems: string[];
  },
): Promise<OldRun> {
  const tracer = new Tracer();
  const seekers = plans.map(({ plan }) => new MarkSeeker(plan));
  const note = (what: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push(`${name}/${what}`);
  };
  try {
    for await (const batch of pool.walkTree(folder, { signal })) {
      for (const entry of batch) {
        if (entry.kind === "problem") note(`${entry.path}: ${entry.message}`);
        tracer.see(entry);
        for (const seeker of seekers) seeker.see(entry);
      }
    }
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    note(`: ${error.message}`);
  }
  const ended: string[] = [];
  for (const [i, plan] of plans.entries()) {
    if (isEnded(await seekers[i]!.end(folder), plan)) ended.push(plan.preset.name);
  }
  const trace = tracer.end();
  return { ...trace, newest: await bornLate(folder, trace), name, ended };
}

/** Without those of which the disk says that they were there before: data that is written to until the end. */
async function bornLate(folder: string, { newest }: Trace): Promise<string[]> {
  const late: string[] = [];
  for (const path of newest) {
    const info = await lstatOrNull(join(folder, path));
    const ageMs = (info?.mtime?.getTime() ?? 0) - (info?.birthtime?.getTime() ?? Infinity);
    if (ageMs <= MOMENT_MS) late.push(path);
  }
  return late;
}

/** Recognised by what it expects as well: a preset that only waits for quiet by nothing else. */
export function isEnded(
  marks: Marks,
  { completeness, rules }: Pick<PresetRules, "completeness" | "rules">,
): boolean {
  if (forbiddenThere(marks, rules) !== null) return false;
  if (ruleEvidence(marks, rules).expected_missing !== undefined) return false;
  if (completeness.signal === "done") return judgeDone(marks, completeness).kind === "complete";
  return rules.expect.length > 0;
}
