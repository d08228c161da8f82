/**
 * learn: what a tree of old runs shows of how its instrument works, before labferry looks after it: the
 * shape and end of runs, their pauses, what comes a day. `learnFrom` walks, reads only, and keeps
 * nothing; `evidenceLines` and `proposedConfig` say what it found.
 */
import { roomAt } from "../custody/mod.ts";
import { PRESETS } from "../presets/mod.ts";
import { lessonOf } from "./lesson.ts";
import { folderNamer } from "../records/mod.ts";
import { type Beside, type OldFiles, oldFilesIn } from "./old_files.ts";
import { type LearnOptions, type OldRun, oldRunsIn } from "./old_runs.ts";
import type { Learnt } from "./proposal.ts";
import { refusedNames } from "./refused_names.ts";

export { evidenceLines, type Learnt, proposedConfig } from "./proposal.ts";

/** `tree` is absolute, without links. @throws LabferryError what the disk says of the tree itself */
export async function learnFrom(
  tree: string,
  { now, ...options }: LearnOptions & { readonly now: Date },
): Promise<Learnt> {
  const old = await oldRunsIn(tree, options);
  const files = await oldFilesIn(tree, options);
  const { loose, runs } = withFolders(files, old.runs.filter(({ files }) => files > 0));
  const isFiles = loose.runs.length > runs.length;
  const { freeBytes } = await roomAt(tree);
  const judged = isFiles ? [] : runs.map(({ name }) => name);
  return {
    tree,
    lesson: lessonOf(isFiles ? loose : old, { presets: PRESETS, nowMs: now.getTime() }),
    grouping: isFiles ? loose.grouping : null,
    beside: isFiles ? [besideFiles(runs), loose.others] : [loose.all],
    names: await refusedNames(tree, { runs: judged, signal: options.signal }),
    freeBytes,
    problems: old.problems,
  };
}

function besideFiles(folders: readonly OldRun[]): Beside {
  const bytes = folders.reduce((sum, run) => sum + run.bytes, 0);
  return { what: "folder", count: folders.length, bytes, example: folders[0]?.name ?? null };
}

/** Folders that belong to the files beside them (`.vsi` and its pixels) are no runs of their own. */
function withFolders(
  old: OldFiles,
  folders: readonly OldRun[],
): { readonly loose: OldFiles; readonly runs: readonly OldRun[] } {
  const keyOf = folderNamer(old.grouping);
  const byKey = new Map(folders.map((folder) => [keyOf(folder.name), folder]));
  const owned = new Set<OldRun>();
  const runs = old.runs.map((run) => {
    const folder = byKey.get(run.name);
    if (!folder) return run;
    owned.add(folder);
    return {
      ...run,
      files: run.files + folder.files,
      bytes: run.bytes + folder.bytes,
      firstMs: Math.min(run.firstMs, folder.firstMs),
      lastMs: Math.max(run.lastMs, folder.lastMs),
      longestPauseMs: Math.max(run.longestPauseMs, folder.longestPauseMs),
      hasPauses: run.hasPauses || folder.hasPauses,
    };
  });
  return { loose: { ...old, runs }, runs: folders.filter((folder) => !owned.has(folder)) };
}
