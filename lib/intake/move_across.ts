/**
 * Moving a complete run into the layout on another disk: copied under a hidden name, compared byte for
 * byte, named, and only then removed from where it was, file by file.
 *
 * What is on the disks after each step, should everything end there:
 *
 * 1. copying, comparing: the old folder is whole, the copy has its hidden name and counts for nothing;
 *    the next try takes over what it has of equal size and time, and compares everything;
 * 2. the mark is written: as before, and the mark says which hidden name;
 * 3. the copy has its name: two whole ones. The hidden name is gone, so the mark counts, and the old
 *    folder is not taken again. Each file is compared anew before it is removed;
 * 4. some files are removed: all of them are in the copy, which was flushed before it was named;
 * 5. only the mark is left, or an empty folder: nothing of the data is here.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import {
  type DiskPool,
  moveFolder,
  removeIfEmpty,
  removeIfThere,
  removeUnchanged,
  syncDirectory,
} from "../disk/mod.ts";
import { RECORDS_DIR } from "../records/mod.ts";
import { type Compared, compareFolders, listFolder } from "./compare_folders.ts";
import { MOVED_MARK, type MovedMark, writeMovedMark } from "./moved_mark.ts";

export type MoveStep =
  | "copied_one"
  | "copied"
  | "compared"
  | "marked"
  | "named"
  | "removed_one"
  | "removed_files";

export interface AcrossOptions {
  readonly pool: DiskPool;
  readonly signal: AbortSignal;
  /** Told when a step is done, before the next. */
  readonly onStep?: ((step: MoveStep) => void) | undefined;
}

/**
 * Copies, compares, marks and names it; the old folder is as whole as before. `root` is the data root,
 * without links, in which `to` lies.
 *
 * @throws LabferryError `source_changed`, `already_exists`, as `listFolder`, and what the disks say
 */
export async function copyAcross(
  { from, to, root }: { readonly from: string; readonly to: string; readonly root: string },
  options: AcrossOptions,
): Promise<Compared> {
  const { onStep = () => {} } = options;
  const hidden = await hiddenCopyOf(from, dirname(to));
  await copyTo(hidden, { from, root, ...options });
  onStep("copied");
  const compared = await compareFolders({ here: from, there: hidden }, {
    ...options,
    without: isMark,
  });
  refuseDifferences(from, compared);
  onStep("compared");
  await writeMovedMark(from, { moved_to: to, copied_to: hidden, left: null });
  onStep("marked");
  const outcome = await moveFolder(hidden, to);
  if (outcome !== "moved") {
    throw new LabferryError("already_exists", `${to} cannot be named so`, {
      path: to,
      why: outcome === "taken" ? "it exists already" : "it would be on another disk",
      hint: "it is tried again under another name",
    });
  }
  onStep("named");
  return compared;
}

/**
 * Removes what `compared` found to be in the copy, each file only as it was read then, and the folders
 * that hold nothing any more. What came later stays, under the mark, which says how much it is.
 *
 * @returns how many files stay
 */
export async function removeMoved(
  from: string,
  { mark, compared, ...options }: AcrossOptions & {
    readonly mark: MovedMark;
    readonly compared: Compared;
  },
): Promise<number> {
  const { signal, onStep = () => {} } = options;
  for (const [path, stat] of compared.equal) {
    signal.throwIfAborted();
    await removeUnchanged(join(from, path), stat);
    onStep("removed_one");
  }
  for (const folder of compared.folders.toReversed()) {
    if (folder !== RECORDS_DIR) await removeIfEmpty(join(from, folder));
  }
  onStep("removed_files");
  // The files are gone on disk before the mark is: coming back without it they would be another run.
  await syncDirectory(from);
  const left = await countLeft(from, options);
  if (left > 0) {
    await writeMovedMark(from, { ...mark, left });
    return left;
  }
  await removeIfThere(join(from, MOVED_MARK));
  await removeIfEmpty(join(from, RECORDS_DIR));
  if (await removeIfEmpty(from)) await syncDirectory(dirname(from));
  return 0;
}

function isMark(path: string): boolean {
  return path === MOVED_MARK;
}

/** Beside the place it is to have, and the same at each try: a folder that was made anew is another. */
async function hiddenCopyOf(from: string, folder: string): Promise<string> {
  const info = await Deno.lstat(from);
  const hash = createHash("sha256").update(`${from}\0${info.dev}:${info.ino}`).digest("hex");
  return join(folder, `.labferry-moving-${hash.slice(0, 16)}`);
}

async function copyTo(
  hidden: string,
  { from, root, pool, signal, onStep = () => {} }: AcrossOptions & {
    readonly from: string;
    readonly root: string;
  },
): Promise<void> {
  const how = { pool, signal, without: isMark };
  const wanted = await listFolder(from, how);
  const folders = wanted.folders.map((path) => join(hidden, path));
  await pool.makeFolders([hidden, ...folders], { root, signal });
  const there = await listFolder(hidden, how);
  // The old folder is whole: what a former try copied and is not in it any more was only a copy.
  for (const path of there.files.keys()) {
    if (!wanted.files.has(path)) await removeIfThere(join(hidden, path));
  }
  const items = [...wanted.files.values()].filter(({ path, sizeBytes, mtimeMs }) => {
    const before = there.files.get(path);
    return before?.sizeBytes !== sizeBytes || before.mtimeMs !== mtimeMs;
  }).map(({ path, sizeBytes, mtimeMs, ctimeS, fileId }) => ({
    from: join(from, path),
    to: join(hidden, path),
    sizeBytes,
    mtimeMs,
    expect: { sizeBytes, mtimeMs, ctimeS, fileId },
  }));
  for await (const outcome of pool.copyFiles(items, { root, signal })) {
    if (!outcome.ok) throw outcome.error;
    onStep("copied_one");
  }
}

/** @throws LabferryError `source_changed` */
function refuseDifferences(
  from: string,
  { different, onlyHere, onlyThere }: Pick<Compared, "different" | "onlyHere" | "onlyThere">,
): void {
  const odd = different[0] ?? onlyHere[0] ?? onlyThere[0];
  if (odd === undefined) return;
  throw new LabferryError("source_changed", "It was not moved: it is not what was copied", {
    path: join(from, odd),
    why:
      "it was changed while it was copied, or one of the two disks does not keep what it is given",
    hint: "it is copied and compared again by itself; if this stays, have both disks looked at",
  });
}

async function countLeft(
  from: string,
  { pool, signal }: Pick<AcrossOptions, "pool" | "signal">,
): Promise<number> {
  let left = 0;
  for await (const batch of pool.walkTree(from, { signal })) {
    left += batch.filter(({ path }) => path !== RECORDS_DIR && !isMark(path)).length;
  }
  return left;
}
