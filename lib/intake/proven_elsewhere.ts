/**
 * A run whose folder, or whose project's folder, was given another name after it was proven: it is that
 * run, and is not sent twice (`rules.md` 36). The folder is recognised by its number, its files by
 * theirs, or by their bytes.
 */
import { join } from "node:path";
import { counted } from "../base/mod.ts";
import type { WalkedEntry } from "../disk/mod.ts";
import type { FileState, Job, SeenRow } from "../queue/mod.ts";
import { isLitter, isRecordPath } from "../records/mod.ts";
import { renamedFrom } from "./renamed.ts";
import type { ScanHouse } from "./scan_house.ts";

export interface ProvenElsewhereOptions {
  readonly house: ScanHouse;
  readonly signal: AbortSignal;
  /** Other runs that were seen below the root as the same folder. */
  readonly others: readonly SeenRow[];
}

/** What is to be said of the run; null when it is none that is proven under another name. */
export async function provenElsewhere(
  seen: SeenRow,
  { others, house, signal }: ProvenElsewhereOptions,
): Promise<string | null> {
  const { queue } = house.context;
  if (others.length === 0 || queue.jobs.byRun(seen.runPath)) return null;
  const before = await renamedFrom(seen.folder, others);
  const job = before && queue.jobs.byRun(before.runPath);
  if (!job || job.verifyPasses === 0) return null;
  const other = await countOther(seen.runPath, { job, house, signal });
  const is = `it is ${job.runPath}, which is proven, under another name`;
  return other === 0
    ? `${is}; it is not sent twice`
    : `${is}, and ${
      counted(other, "file")
    } in it are not proven there: give the folder its name back, ` +
      "or enqueue it as a run of its own";
}

/** Data files that are not, by number or by bytes, those of the proven run. */
async function countOther(
  runPath: string,
  { job, house, signal }: Omit<ProvenElsewhereOptions, "others"> & { readonly job: Job },
): Promise<number> {
  const { pool, queue } = house.context;
  const files = queue.files(job.id);
  let other = 0;
  for await (const batch of pool.walkTree(runPath, { signal })) {
    for (const entry of batch) {
      if (entry.kind !== "file" || isRecordPath(entry.path) || isLitter(entry.path)) continue;
      const sealed = files.get(entry.path);
      const isThat = sealed !== null && (isSameFile(entry, sealed) ||
        (entry.sizeBytes === sealed.sizeBytes && sealed.sha256 !== null &&
          (await pool.hashFile(join(runPath, entry.path), { signal })).sha256 === sealed.sha256));
      if (!isThat) other++;
    }
  }
  return other;
}

function isSameFile(entry: WalkedEntry, sealed: FileState): boolean {
  return entry.fileId === sealed.fileId && entry.sizeBytes === sealed.sizeBytes &&
    entry.mtimeMs === sealed.mtimeMs && entry.ctimeS === sealed.ctimeS;
}
