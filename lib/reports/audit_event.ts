/** One line of `audit.jsonl`: what happened to a report, who did it, and its place in the chain. */
import { decodeUtf8 } from "../base/mod.ts";

export const ACTORS = ["cli", "agent", "human"] as const;
/** `agent` is the service, `human` a person at the page. */
export type Actor = typeof ACTORS[number];

export const ACTION_TYPES = [
  "create",
  "evolve",
  "revert",
  "rename",
  "tag_update",
  "render",
  "manual_edit_detected",
  "backup",
  "status_change",
  "fork",
  "synthesize",
  "archive",
  "delete",
] as const;
export type ActionType = typeof ACTION_TYPES[number];

export interface AuditEvent {
  readonly action_id: string;
  readonly report_id: string;
  readonly ts: string;
  readonly actor: Actor;
  readonly action_type: ActionType;
  readonly request_id?: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** `payload.chain` (`docs/reports.md`, "The chain"). */
export interface Chain {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
}

/** What our events say of the outline; those of other programs may say none of it. */
export interface OutlineClaim {
  readonly backupFilename: string | null;
  readonly fromVersion: number | null;
  readonly toVersion: number | null;
  /** Null: there was (or is) no outline. */
  readonly sha256Before: string | null;
  readonly sha256After: string | null;
}

const FIELDS = new Set([
  "action_id",
  "report_id",
  "ts",
  "actor",
  "action_type",
  "request_id",
  "payload",
]);

/** Reads a line (with or without its newline); a sentence when it is no event. */
export function readEvent(bytes: Uint8Array): AuditEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes));
  } catch (error) {
    if (error instanceof TypeError) return "it is not UTF-8";
    if (error instanceof SyntaxError) return "it is not JSON";
    throw error;
  }
  return eventFault(value) ?? value as AuditEvent;
}

function eventFault(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return "it is not a JSON object";
  }
  const event = value as Record<string, unknown>;
  for (const field of ["action_id", "report_id", "ts", "actor", "action_type"]) {
    if (typeof event[field] !== "string") return `${field} is missing or no text`;
  }
  if (!(ACTORS as readonly unknown[]).includes(event["actor"])) return "its actor is unknown";
  if (!(ACTION_TYPES as readonly unknown[]).includes(event["action_type"])) {
    return "its action_type is unknown";
  }
  const payload = event["payload"] ??= {};
  if (typeof payload !== "object" || Array.isArray(payload)) return "its payload is no object";
  const unknown = Object.keys(event).find((key) => !FIELDS.has(key));
  return unknown === undefined ? null : `it has the unknown field ${JSON.stringify(unknown)}`;
}

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * An event's place in the chain; null for a line of another program; a sentence for one of ours
 * whose chain is damaged. Ours are known by two marks, so that no single flipped bit turns one of
 * them into somebody else's.
 */
export function chainOf({ payload }: AuditEvent): Chain | string | null {
  const chain = payload["chain"];
  const isOurs = chain !== undefined || Object.hasOwn(payload, "sha256_after");
  if (!isOurs) return null;
  if (typeof chain !== "object" || chain === null) return "its place in the chain is missing";
  const { seq, prev, hash } = chain as Record<string, unknown>;
  const whole = Number.isSafeInteger(seq) && (seq as number) >= 1 && isSha256(prev) &&
    isSha256(hash);
  return whole ? chain as Chain : "its place in the chain cannot be read";
}

export function claimOf({ payload }: AuditEvent): OutlineClaim {
  const text = (key: string) => typeof payload[key] === "string" ? payload[key] : null;
  const number = (key: string) => typeof payload[key] === "number" ? payload[key] : null;
  return {
    backupFilename: text("backup_filename"),
    fromVersion: number("from_version"),
    toVersion: number("to_version"),
    sha256Before: text("sha256_before"),
    sha256After: text("sha256_after"),
  };
}

function isSha256(value: unknown): boolean {
  return typeof value === "string" && SHA256.test(value);
}
