/**
 * The chain that makes changes of the history show. Each of our lines carries the SHA-256 of all
 * bytes from the previous chained line on (`prev`, so lines of other programs are covered as well)
 * and of its own bytes, newline included, with 64 zeros in the hash's place (`hash`).
 */
import { createHash } from "node:crypto";
import { encodeUtf8, equalBytes, LabferryError } from "../base/mod.ts";
import { type AuditEvent, type Chain, chainOf, readEvent } from "./audit_event.ts";
import { blocksFrom, linesBackward } from "./audit_lines.ts";

/** Where the next line is chained to. */
export interface AuditTail {
  /** The last chained line; null while there is none. */
  readonly last: { readonly event: AuditEvent; readonly chain: Chain } | null;
  /** Lines of other programs (or damaged ones) after it. */
  readonly after: readonly (AuditEvent | string)[];
  /** SHA-256 of all bytes from the last chained line on. */
  readonly prev: string;
}

/** The newest place of a chain, as a certificate quotes it. */
export interface ChainHead {
  readonly report_id: string;
  readonly seq: number;
  readonly hash: string;
}

const ZEROS = "0".repeat(64);
/** Other programs' lines are kept for a look, not for ever: a history of theirs may have 100 MB. */
const MOST_AFTER = 10_000;

export async function readTail(auditFile: string): Promise<AuditTail> {
  const after: (AuditEvent | string)[] = [];
  let start = 0;
  let last: AuditTail["last"] = null;
  for await (const line of linesBackward(auditFile)) {
    const event = readEvent(line.bytes);
    const chain = typeof event === "string" ? null : chainOf(event);
    if (typeof event !== "string" && chain !== null && typeof chain !== "string") {
      last = { event, chain };
      start = line.start;
      break;
    }
    if (after.length < MOST_AFTER) {
      after.push(typeof chain === "string" ? chain : event);
    }
  }
  const hash = createHash("sha256");
  for await (const block of blocksFrom(auditFile, start)) hash.update(block);
  return { last, after: after.reverse(), prev: hash.digest("hex") };
}

/** The line (without newline) for an event that goes behind `tail`. */
export function chainedLine(event: AuditEvent, tail: AuditTail): { line: string; chain: Chain } {
  const seq = (tail.last?.chain.seq ?? 0) + 1;
  const draft = { seq, prev: tail.prev, hash: ZEROS };
  const line = JSON.stringify({ ...event, payload: { ...event.payload, chain: draft } });
  const hash = createHash("sha256").update(`${line}\n`).digest("hex");
  // The chain is the last member of the line: nothing that people wrote comes after it.
  const at = line.lastIndexOf(ZEROS);
  return { line: line.slice(0, at) + hash + line.slice(at + 64), chain: { ...draft, hash } };
}

/** True when the line's own hash is right. */
export function ownHashFits(bytes: Uint8Array, chain: Chain): boolean {
  const needle = encodeUtf8(chain.hash);
  const at = lastIndexOf(bytes, needle);
  if (at < 0) return false;
  const zeroed = bytes.slice();
  zeroed.fill(0x30, at, at + 64);
  return createHash("sha256").update(zeroed).digest("hex") === chain.hash;
}

export function headOf(tail: AuditTail, reportId: string): ChainHead {
  if (tail.last) {
    const { seq, hash } = tail.last.chain;
    return { report_id: reportId, seq, hash };
  }
  throw new LabferryError("malformed_audit", `the history of report ${reportId} has no chain`, {
    why: "labferry has not written to it yet",
    hint: "open it once, with `labferry report show`",
  });
}

function lastIndexOf(bytes: Uint8Array, needle: Uint8Array): number {
  for (let at = bytes.length - needle.length; at >= 0; at--) {
    if (bytes[at] === needle[0] && equalBytes(bytes.subarray(at, at + needle.length), needle)) {
      return at;
    }
  }
  return -1;
}
