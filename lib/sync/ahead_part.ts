/** How much of a run goes ahead at a time, and which files. */
import { join } from "node:path";
import type { AheadFile } from "../queue/mod.ts";
import type { AheadTarget } from "./ahead_folder.ts";
import type { Work } from "./work.ts";

/**
 * Files on their way at a time: what is behind them asks again. Where more than eight times as much is
 * there, an eighth of that: each push looks at all that stands there, so that a million files go in 55
 * parts, and not in two thousand. But never more bytes than the line carries in ten minutes, because every
 * run that is complete interrupts it, nor than 20 GB where the line has no ceiling.
 */
export interface PartSize {
  /** @default 500 */
  readonly mostFiles?: number;
  /** @default 8 GiB */
  readonly mostBytes?: number;
}

const MOST_FILES = 500;
const MOST_BYTES = 8 * 1024 ** 3;
/** Of what is there already. */
const SHARE = 1 / 8;
const LONGEST_S = 600;
const LARGEST_BYTES = 20e9;

/** The first settled files, by path; one at least, however large. */
export function nextPart(
  { runPath }: Pick<AheadTarget, "runPath">,
  { context, destination, settledMs, open, ...least }:
    & Pick<Work, "context" | "destination">
    & PartSize
    & {
      readonly settledMs: number;
      /** Absolute paths of files that somebody writes. */
      readonly open: ReadonlySet<string>;
    },
): { readonly files: readonly AheadFile[]; readonly isMore: boolean } {
  const { ahead } = context.queue;
  const there = ahead.sumOf(runPath) ?? { files: 0, bytes: 0 };
  const mostFiles = Math.max(least.mostFiles ?? MOST_FILES, Math.floor(there.files * SHARE));
  const mostBytes = Math.min(
    Math.max(least.mostBytes ?? MOST_BYTES, Math.floor(there.bytes * SHARE)),
    largestBytes(destination.uploadMbps()),
  );
  const asked = { sinceMs: settledMs, limit: mostFiles + 1 + open.size };
  const settled = ahead.settled(runPath, asked).filter(({ path }) =>
    !open.has(join(runPath, path))
  );
  const files: AheadFile[] = [];
  let bytes = 0;
  for (const file of settled.slice(0, mostFiles)) {
    if (files.length > 0 && bytes + file.sizeBytes > mostBytes) break;
    files.push(file);
    bytes += file.sizeBytes;
  }
  return { files, isMore: files.length < settled.length };
}

function largestBytes(uploadMbps: number | null): number {
  const carried = uploadMbps === null ? LARGEST_BYTES : uploadMbps * 125_000 * LONGEST_S;
  return Math.min(carried, LARGEST_BYTES);
}
