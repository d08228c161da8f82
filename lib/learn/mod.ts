/**
 * learn: what a tree of old runs shows of how its instrument works, before labferry looks after it: the
 * shape and end of runs, their pauses, what comes a day. `learnFrom` walks, reads only, and keeps
 * nothing; `evidenceLines` and `proposedConfig` say what it found.
 */
import { roomAt } from "../custody/mod.ts";
import { PRESETS } from "../presets/mod.ts";
import { lessonOf } from "./lesson.ts";
import { oldFilesIn } from "./old_files.ts";
import { type LearnOptions, oldRunsIn } from "./old_runs.ts";
import type { Learnt } from "./proposal.ts";
import { refusedNames } from "./refused_names.ts";

export { evidenceLines, type Learnt, proposedConfig } from "./proposal.ts";

/** `tree` is absolute, without links. @throws LabferryError what the disk says of the tree itself */
export async function learnFrom(
  tree: string,
  { now, ...options }: LearnOptions & { readonly now: Date },
): Promise<Learnt> {
  const old = await oldRunsIn(tree, options);
  const loose = await oldFilesIn(tree, options);
  const runs = old.runs.filter(({ files }) => files > 0);
  const isFiles = loose.runs.length > runs.length;
  const { freeBytes } = await roomAt(tree);
  const judged = isFiles ? [] : runs.map(({ name }) => name);
  return {
    tree,
    lesson: lessonOf(isFiles ? loose : old, { presets: PRESETS, nowMs: now.getTime() }),
    grouping: isFiles ? loose.grouping : null,
    beside: isFiles
      ? { what: "folder", count: runs.length, bytes: runs.reduce((sum, run) => sum + run.bytes, 0) }
      : { what: "file", count: loose.files, bytes: loose.bytes },
    names: await refusedNames(tree, { runs: judged, signal: options.signal }),
    freeBytes,
    problems: old.problems,
  };
}
