/**
 * `override add`, `revoke` and `list`: a named person lets a finding pass, for a reason. Entries are
 * only ever appended, through the records' locked writer.
 */
import { type Clock, LabferryError, systemClock } from "../base/mod.ts";
import {
  mutateCreation,
  newOverride,
  newRevocation,
  type OverrideEntry,
  overridesAt,
  readCreation,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";
import { HARD_RULES, isHardRule } from "./rules/mod.ts";

/** An entry of a run's `validation_overrides`, and whether it counts now. */
export interface ListedOverride {
  readonly id: string;
  readonly problem_class: string | null;
  readonly operator: string | null;
  readonly recorded_at: string | null;
  readonly reason: string | null;
  readonly expires_at: string | null;
  /** `tombstone` revokes another entry; `unusable` is not as it should be and opens nothing. */
  readonly state: "active" | "expired" | "revoked" | "tombstone" | "unusable";
  /** Of a tombstone: what it revokes. */
  readonly revokes: string | null;
  /** Of a revoked entry: who revoked it. */
  readonly revoked_by: string | null;
}

export interface NewOverride {
  /** The rule to let pass, one of `HARD_RULES`. */
  readonly class: string;
  readonly operator: string;
  readonly reason: string;
  /** ISO 8601 with zone; null or absent for ever. */
  readonly expiresAt?: string | null;
}

export interface Revocation {
  /** The override's id, or an unambiguous beginning of one, at least four characters. */
  readonly id: string;
  readonly operator: string;
  readonly reason: string;
}

interface Writing {
  /** @default the system's */
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Appends an override to the run's record.
 *
 * @returns the new entry
 * @throws {LabferryError} `override_refused` for an unknown class, an empty operator or reason, or
 *   an expiry that is not later than now; `record_missing` for a folder without records
 */
export async function addOverride(
  runPath: string,
  draft: NewOverride & Writing,
): Promise<OverrideEntry> {
  if (!isHardRule(draft.class)) throw unknownClass(draft.class, runPath);
  const { clock = systemClock, signal } = draft;
  const entry = newOverride({
    problemClass: draft.class,
    operator: draft.operator.trim(),
    reason: draft.reason.trim(),
    recordedAt: clock.now(),
    expiresAt: draft.expiresAt ?? null,
  });
  return await append(runPath, { entry: () => entry, signal });
}

/**
 * Appends a tombstone for an override.
 *
 * @returns the tombstone
 * @throws {LabferryError} `override_refused` when no override that counts has that id
 */
export async function revokeOverride(
  runPath: string,
  revocation: Revocation & Writing,
): Promise<OverrideEntry> {
  const { clock = systemClock, signal } = revocation;
  const now = clock.now();
  return await append(runPath, {
    signal,
    entry: (entries) =>
      newRevocation({
        revokes: idToRevoke(entries, { id: revocation.id, now, runPath }),
        operator: revocation.operator.trim(),
        reason: revocation.reason.trim(),
        recordedAt: now,
      }),
  });
}

/** Every entry of the run's record in its order, each with its state at `now`. */
export async function listOverrides(runPath: string, now: Date): Promise<ListedOverride[]> {
  const creation = await readCreation(recordPath(runPath, RECORD_FILES.creation));
  return listedAt(creation.validation_overrides, now);
}

/** As `listOverrides`, of entries that were read before (a `PlaceAudit` has them). */
export function listedAt(entries: readonly OverrideEntry[], now: Date): ListedOverride[] {
  const { active } = overridesAt(entries, now);
  const activeIds = new Set(active.map((override) => override.id));
  const revokers = new Map<string, OverrideEntry>();
  for (const entry of entries) {
    const target = textOf(entry["revokes"]);
    if (target !== null) revokers.set(target, entry);
  }
  const unusable = new Set(overridesAt(entries, LONG_AGO).malformed.map(({ id }) => id));
  return entries.map((entry) => {
    const id = textOf(entry["id"]) ?? "";
    const revoker = revokers.get(id);
    return {
      id,
      problem_class: textOf(entry["problem_class"]),
      operator: textOf(entry["operator"]),
      recorded_at: textOf(entry["recorded_at"]),
      reason: textOf(entry["reason"]),
      expires_at: textOf(entry["expires_at"]),
      state: stateOf(entry, { active: activeIds.has(id), revoker, unusable: unusable.has(id) }),
      revokes: textOf(entry["revokes"]),
      revoked_by: revoker === undefined ? null : textOf(revoker["operator"]),
    };
  });
}

/** Before any expiry, so that only what is malformed is left out. */
const LONG_AGO = new Date(0);

function stateOf(
  entry: OverrideEntry,
  known: { active: boolean; revoker: OverrideEntry | undefined; unusable: boolean },
): ListedOverride["state"] {
  if (entry["revoked"] === true || Object.hasOwn(entry, "revokes")) return "tombstone";
  if (known.revoker !== undefined) return "revoked";
  if (known.active) return "active";
  return known.unusable ? "unusable" : "expired";
}

async function append(
  runPath: string,
  change: {
    entry: (entries: readonly OverrideEntry[]) => OverrideEntry;
    signal: AbortSignal | undefined;
  },
): Promise<OverrideEntry> {
  let added: OverrideEntry | undefined;
  const wait = change.signal ? { signal: change.signal } : {};
  try {
    await mutateCreation(recordPath(runPath, RECORD_FILES.creation), (creation) => {
      added = change.entry(creation.validation_overrides);
      const entries = [...creation.validation_overrides, { ...added }];
      return { ...creation, validation_overrides: entries };
    }, wait);
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "record_missing") throw error;
    throw noRecord(runPath, error);
  }
  return added!;
}

function noRecord(runPath: string, cause: LabferryError): LabferryError {
  return new LabferryError("record_missing", `${runPath} has no record yet to keep that in`, {
    path: runPath,
    hint:
      "`labferry run adopt` makes one; a folder whose own name is refused has to be renamed first",
    cause,
  });
}

/** The shortest beginning of an id that is taken for it; shorter ones are typing errors. */
const MIN_ID_LENGTH = 4;

function idToRevoke(
  entries: readonly OverrideEntry[],
  wanted: { id: string; now: Date; runPath: string },
): string {
  const { id, now, runPath } = wanted;
  const candidates = listedAt(entries, now).filter((entry) =>
    entry.state !== "tombstone" && entry.state !== "revoked" &&
    (entry.id === id || (id.length >= MIN_ID_LENGTH && entry.id.startsWith(id)))
  );
  const exact = candidates.find((entry) => entry.id === id);
  if (exact) return exact.id;
  if (candidates.length === 1) return candidates[0]!.id;
  throw refused(runPath, {
    why: candidates.length === 0
      ? `it has no override ${id} that is not revoked already`
      : `${id} could be any of ${candidates.map((entry) => entry.id).join(", ")}`,
    hint: "See `labferry override list` for the ids.",
  });
}

function unknownClass(name: string, runPath: string): LabferryError {
  return refused(runPath, {
    why: `${JSON.stringify(name)} is no rule that holds runs back`,
    hint: `Name one of ${HARD_RULES.join(", ")}.`,
  });
}

function refused(runPath: string, details: { why: string; hint: string }): LabferryError {
  return new LabferryError("override_refused", `the overrides of ${runPath} were not changed`, {
    ...details,
    path: runPath,
  });
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
