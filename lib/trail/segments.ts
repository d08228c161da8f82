/** A growing text in parts: only the last one still changes, and only that is sent again. */
import { equalBytes } from "../base/mod.ts";
import { type FarWork, supersededDir } from "../sync/mod.ts";
import { type SeenFile, TransportError } from "../transports/mod.ts";

/** `rules.md` 32. */
export const SEGMENT_BYTES = 8 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Whole lines, as many as fit; a line that is longer is a segment by itself. The same text, grown, has the
 * same segments with the last one grown, and perhaps more.
 */
export function segmentsOf(text: Uint8Array, mostBytes = SEGMENT_BYTES): Uint8Array[] {
  const segments: Uint8Array[] = [];
  let from = 0;
  while (text.length - from > mostBytes) {
    let end = text.lastIndexOf(NEWLINE, from + mostBytes - 1) + 1;
    if (end <= from) end = text.indexOf(NEWLINE, from + mostBytes) + 1;
    if (end <= from) break;
    segments.push(text.subarray(from, end));
    from = end;
  }
  if (from < text.length) segments.push(text.subarray(from));
  return segments;
}

/** `audit.jsonl`, `audit.jsonl.0002`, …: in the order in which a shell names them. */
export function segmentName(name: string, index: number): string {
  return index === 0 ? name : `${name}.${String(index + 1).padStart(4, "0")}`;
}

/** The name of the first segment over there that is no beginning of ours. */
export class NoBeginning {
  constructor(readonly name: string) {}
}

export interface ToExtend {
  /** Below the base. */
  readonly farDir: string;
  readonly name: string;
  readonly segments: readonly Uint8Array[];
}

/** Closed segments that are looked at again; older ones were, when they were the last. */
const LOOKED_AT = 2;

/**
 * Puts what is missing of the last segments over there and reads it back.
 *
 * @throws TransportError `hash_mismatch` when it came back with other bytes
 */
export async function extendThere(
  { farDir, name, segments }: ToExtend,
  { far, context }: Pick<FarWork, "far" | "context">,
): Promise<"extended" | "stands" | NoBeginning> {
  const first = Math.max(0, segments.length - LOOKED_AT);
  const last = segments.slice(first);
  const names = last.map((_, i) => segmentName(name, first + i));
  const there = await far.session.getFiles(farDir, names);
  const put = new Map<string, Uint8Array>();
  // What somebody writes there between this look and our writing is moved aside.
  const seen = new Map<string, SeenFile>();
  const into = supersededDir(farDir, context.clock);
  for (const [i, ours] of last.entries()) {
    const old = there.get(names[i]!) ?? null;
    if (old !== null && !isBeginning(old, ours)) return new NoBeginning(names[i]!);
    if (old !== null && old.length === ours.length) continue;
    put.set(names[i]!, ours);
    seen.set(names[i]!, { bytes: old, aside: `${into}/${names[i]}` });
  }
  if (put.size === 0) return "stands";
  await far.session.putFiles(farDir, put, seen);
  const back = await far.session.getFiles(farDir, [...put.keys()]);
  for (const [one, bytes] of put) {
    const now = back.get(one) ?? null;
    if (now && equalBytes(now, bytes)) continue;
    throw new TransportError("hash_mismatch", "A mirrored history did not arrive as it was sent", {
      path: `${farDir}/${one}`,
      why: now ? "it was read back and has other bytes" : "it is not there",
      hint: "look at the destination's disk; it is sent again",
    });
  }
  return "extended";
}

function isBeginning(part: Uint8Array, whole: Uint8Array): boolean {
  return part.length <= whole.length && equalBytes(part, whole.subarray(0, part.length));
}
