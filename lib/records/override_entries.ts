/** New entries for `validation_overrides`, complete and checked before they are written. */
import { LabferryError, parseInstant, randomId, utcSeconds } from "../base/mod.ts";
import type { OverrideEntry } from "./overrides.ts";

export interface OverrideDraft {
  readonly problemClass: string;
  readonly operator: string;
  readonly reason: string;
  readonly recordedAt: Date;
  /** ISO 8601 with zone, later than `recordedAt`; null for never. */
  readonly expiresAt?: string | null;
}

/** @throws {LabferryError} `override_refused` when a field is empty or the expiry is no later time */
export function newOverride(draft: OverrideDraft): OverrideEntry {
  const { problemClass, operator, reason, recordedAt, expiresAt = null } = draft;
  return checked({
    id: randomId(),
    problem_class: problemClass,
    operator,
    recorded_at: utcSeconds(recordedAt),
    reason,
    ...(expiresAt === null ? {} : { expires_at: expiresAt }),
    revoked: false,
  });
}

export interface RevocationDraft {
  /** The id of the override that no longer counts. */
  readonly revokes: string;
  readonly operator: string;
  readonly reason: string;
  readonly recordedAt: Date;
}

/** A tombstone. @throws {LabferryError} `override_refused` when a field is empty */
export function newRevocation(draft: RevocationDraft): OverrideEntry {
  const { revokes, operator, reason, recordedAt } = draft;
  return checked({
    id: randomId(),
    revokes,
    operator,
    recorded_at: utcSeconds(recordedAt),
    reason,
    revoked: true,
  });
}

function checked(entry: OverrideEntry): OverrideEntry {
  const fault = entryFault(entry);
  if (fault) {
    throw new LabferryError("override_refused", "the override was not written", { why: fault });
  }
  return entry;
}

/** Why an entry may not be appended; null when it may. */
export function entryFault(entry: OverrideEntry): string | null {
  const isTombstone = entry["revoked"] === true;
  if (!isTombstone && entry["revoked"] !== false) return "revoked must be true or false";
  const subject = isTombstone ? "revokes" : "problem_class";
  for (const field of ["id", subject, "operator", "recorded_at", "reason"]) {
    const value = entry[field];
    if (typeof value !== "string" || value.trim() === "") return `${field} must not be empty`;
  }
  if (!isTombstone && Object.hasOwn(entry, "revokes")) return "an override cannot revoke";
  const recordedAt = parseInstant(entry["recorded_at"] as string);
  if (!recordedAt) return "recorded_at must be a time with its zone";
  const expires = entry["expires_at"] ?? null;
  if (expires === null) return null;
  const expiresAt = typeof expires === "string" ? parseInstant(expires) : null;
  if (!expiresAt) return "expires_at must be a time with its zone, like 2026-10-18T09:00:00Z";
  return expiresAt > recordedAt ? null : "expires_at must be later than now";
}
