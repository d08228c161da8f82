/**
 * Overrides: a named person's decision, with a reason, to let a finding pass. Append-only; a
 * tombstone revokes one. Whatever is not understood counts as no override: the gate closes.
 */
import { parseInstant } from "../base/mod.ts";

/** An entry of `validation_overrides` as read: nothing in it is certain. */
export type OverrideEntry = Readonly<Record<string, unknown>>;

export interface ActiveOverride {
  readonly id: string;
  readonly problemClass: string;
  readonly operator: string;
  readonly recordedAt: string;
  readonly reason: string;
  readonly expiresAt: string | null;
}

/** An entry that has no effect although it was meant to, and why. */
export interface IgnoredEntry {
  readonly id: string | null;
  readonly why: string;
}

export interface OverrideState {
  readonly active: readonly ActiveOverride[];
  /** Tombstones for an id that is not in the list: no effect, but worth a line in the log. */
  readonly orphans: readonly IgnoredEntry[];
  /** Entries that are not as they should be and therefore do not open the gate. */
  readonly malformed: readonly IgnoredEntry[];
  /** Active ones from a time that is still to come: the clock was wrong then, or is wrong now. */
  readonly ahead: readonly IgnoredEntry[];
}

/** Clocks of PCs differ by so much without being wrong. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/**
 * Which overrides are active at `at`: not revoked, named by no tombstone, and not expired
 * (`expires_at` absent, null, or strictly later than `at`; unparsable is expired).
 */
export function overridesAt(entries: readonly OverrideEntry[], at: Date): OverrideState {
  const ids = new Set(entries.map((entry) => entry["id"]));
  const revoked = new Set<unknown>();
  const active: ActiveOverride[] = [];
  const orphans: IgnoredEntry[] = [];
  const malformed: IgnoredEntry[] = [];
  for (const entry of entries) {
    const target = entry["revokes"];
    if (!isTombstone(entry)) continue;
    const id = textOrNull(entry["id"]);
    if (typeof target !== "string") malformed.push({ id, why: "it revokes nothing" });
    else if (!ids.has(target)) orphans.push({ id, why: `there is no override ${target}` });
    else revoked.add(target);
  }
  for (const entry of entries) {
    if (isTombstone(entry) || revoked.has(entry["id"])) continue;
    const override = readOverride(entry);
    if (typeof override === "string") {
      malformed.push({ id: textOrNull(entry["id"]), why: override });
    } else if (isCurrent(override, at)) {
      active.push(override);
    }
  }
  return { active, orphans, malformed, ahead: aheadOf(active, at) };
}

function aheadOf(active: readonly ActiveOverride[], at: Date): IgnoredEntry[] {
  return active.flatMap(({ id, recordedAt }) => {
    const recorded = parseInstant(recordedAt);
    const isAhead = recorded !== null && recorded.getTime() > at.getTime() + CLOCKS_DIFFER_MS;
    return isAhead ? [{ id, why: `it was recorded at ${recordedAt}, which is still to come` }] : [];
  });
}

/** Whatever names an override to revoke revokes it, even where the flag beside it is missing. */
function isTombstone(entry: OverrideEntry): boolean {
  return entry["revoked"] === true || Object.hasOwn(entry, "revokes");
}

/** The entry as an override, or what is wrong with it. */
function readOverride(entry: OverrideEntry): ActiveOverride | string {
  if (entry["revoked"] !== undefined && entry["revoked"] !== false) {
    return "revoked is neither true nor false";
  }
  for (const field of ["id", "problem_class", "operator", "recorded_at", "reason"]) {
    if (textOrNull(entry[field]) === null) return `${field} is not a text`;
  }
  const expiresAt = entry["expires_at"] ?? null;
  if (expiresAt !== null && (typeof expiresAt !== "string" || !parseInstant(expiresAt))) {
    return `expires_at is not a time (${JSON.stringify(expiresAt)}); taken as expired`;
  }
  if (!parseInstant(entry["recorded_at"] as string)) return "recorded_at is not a time";
  return {
    id: entry["id"] as string,
    problemClass: entry["problem_class"] as string,
    operator: entry["operator"] as string,
    recordedAt: entry["recorded_at"] as string,
    reason: entry["reason"] as string,
    expiresAt,
  };
}

function isCurrent(override: ActiveOverride, at: Date): boolean {
  if (override.expiresAt === null) return true;
  const expires = parseInstant(override.expiresAt);
  return expires !== null && expires.getTime() > at.getTime();
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
