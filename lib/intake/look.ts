/** One look at a run's data: what there is, and whether it is what was there before. */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { nameMatcher } from "../base/name_pattern.ts";
import type { RunRules } from "../config/mod.ts";
import { type DiskPool, readOrNull, type WalkedEntry, type WalkEntry } from "../disk/mod.ts";
import { isLitter, isRecordPath, readChecksums, RECORD_FILES, recordPath } from "../records/mod.ts";
import { walkData } from "../sync/mod.ts";
import type { RunData } from "./run_tree.ts";
import { type Marks, MarkSeeker, planMarks } from "./marks.ts";
import { type Newest, NewestTimes } from "./newest.ts";
import type { AwaitedSignal } from "./received_signal.ts";
import { readManifest } from "./signals/manifest.ts";
import type { ReadManifest } from "./signals/signal.ts";

export interface Look {
  readonly files: number;
  readonly bytes: number;
  /** Equal when no data file was added, removed, renamed or touched. */
  readonly fingerprint: string;
  readonly newest: Newest;
  readonly problem: string | null;
  readonly named: ReadonlyMap<string, number>;
  readonly manifest: ReadManifest | null;
  readonly marks: Marks;
}

export interface LookOptions {
  readonly pool: Pick<DiskPool, "walkTree">;
  readonly completeness: AwaitedSignal;
  readonly rules: RunRules;
  readonly litter: "skip" | "send";
  readonly wallMs: () => number;
  readonly signal: AbortSignal;
  /** As `WalkDataOptions.isPulled`. @default false */
  readonly isPulled?: boolean;
}

/** A share that gives nothing for so long hangs: the walk is given up, and tried again. */
const SILENT_MS = 60_000;
/** Larger lists are no instrument's. */
const MOST_MANIFEST_BYTES = 256 * 1024 * 1024;

/** Null when the folder is gone. @throws LabferryError what the disk says of the folder itself */
export async function lookAt(data: RunData, options: LookOptions): Promise<Look | null> {
  try {
    return await lookOver(data, options);
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "not_found") throw error;
    return null;
  }
}

async function lookOver(data: RunData, options: LookOptions): Promise<Look> {
  const { completeness, rules, litter, wallMs } = options;
  const isIgnored = rules.ignore.length > 0 ? nameMatcher(rules.ignore) : null;
  const seeker = new MarkSeeker(planMarks(completeness, rules));
  const manifest = await manifestOf(data.dir, completeness);
  const wanted = namesWanted(completeness, manifest);
  const named = new Map<string, number>();
  const print = new Fingerprint();
  const newest = new NewestTimes();
  let [files, bytes] = [0, 0];
  let problem: string | null = null;
  for await (const batch of batchesOf(data, options)) {
    const nowMs = wallMs();
    for (const entry of batch) {
      if (isRecordPath(entry.path) || (litter === "skip" && isLitter(entry.path))) continue;
      seeker.see(entry);
      if (entry.kind === "problem") problem ??= `${entry.path}: ${entry.message}`;
      if (entry.kind !== "file" || isIgnored?.(entry.path)) continue;
      files++;
      bytes += entry.sizeBytes;
      print.add(entry);
      if (wanted.has(entry.path)) named.set(entry.path, entry.sizeBytes);
      newest.see(entry, nowMs);
    }
  }
  const marks = await seeker.end(data.dir);
  const fingerprint = print.text(files);
  const { found } = newest;
  return { files, bytes, fingerprint, newest: found, problem, named, manifest, marks };
}

/** The walk in batches, given up when nothing comes any more. */
async function* batchesOf(
  { dir, members }: RunData,
  { pool, signal, isPulled = false }: LookOptions,
): AsyncGenerator<WalkEntry[]> {
  const silence = new AbortController();
  const hush = () => silence.abort(silent(dir));
  let timer = setTimeout(hush, SILENT_MS);
  try {
    const either = AbortSignal.any([signal, silence.signal]);
    for await (
      const batch of walkData({ dataDir: dir, members }, {
        pool,
        signal: either,
        isPulled,
      })
    ) {
      clearTimeout(timer);
      yield batch;
      timer = setTimeout(hush, SILENT_MS);
    }
  } finally {
    clearTimeout(timer);
  }
}

function silent(path: string): LabferryError {
  return new LabferryError("device_lost", "A run's folder does not answer", {
    path,
    why: `nothing came from it for ${SILENT_MS / 1000} s`,
    hint: "look at the disk, the cable or the network share",
  });
}

async function manifestOf(
  runPath: string,
  completeness: AwaitedSignal,
): Promise<ReadManifest | null> {
  if (completeness.signal === "handed_over") return await pushersManifest(runPath);
  if (completeness.signal !== "manifest") return null;
  const bytes = await readOrNull(join(runPath, completeness.filename));
  if (bytes === null) return null;
  if (bytes.length > MOST_MANIFEST_BYTES) return { fault: "is larger than any list of files" };
  return readManifest(new TextDecoder().decode(bytes));
}

/** What another labferry has written last; null while it has not. */
async function pushersManifest(runPath: string): Promise<ReadManifest | null> {
  try {
    const entries = await Array.fromAsync(
      readChecksums(recordPath(runPath, RECORD_FILES.checksums)),
    );
    return { files: entries.map(({ path, sha256 }) => ({ path, sizeBytes: null, sha256 })) };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    if (error.code === "record_missing") return null;
    return { fault: error.message };
  }
}

function namesWanted(
  completeness: AwaitedSignal,
  manifest: ReadManifest | null,
): ReadonlySet<string> {
  if (completeness.signal === "sentinel_file") return new Set(completeness.filenames);
  return new Set(manifest && "files" in manifest ? manifest.files.map(({ path }) => path) : []);
}

/**
 * A sum over all files that does not depend on their order, so that a run of a million files needs no
 * list. It tells apart what changed by accident, not by malice.
 */
class Fingerprint {
  #high = 0;
  #low = 0;

  add({ path, sizeBytes, mtimeMs, ctimeS, fileId }: WalkedEntry): void {
    const text = `${path}\0${sizeBytes}\0${mtimeMs}\0${ctimeS}\0${fileId}`;
    let high = 0xdeadbeef;
    let low = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      high = Math.imul(high ^ unit, 2654435761);
      low = Math.imul(low ^ unit, 1597334677);
    }
    high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
    low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
    this.#high = (this.#high + high) >>> 0;
    this.#low = (this.#low + low) >>> 0;
  }

  text(files: number): string {
    const hex = (word: number) => word.toString(16).padStart(8, "0");
    return `${files}-${hex(this.#high)}${hex(this.#low)}`;
  }
}
