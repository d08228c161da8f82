/**
 * The five steps of a change (`docs/reports.md`): check, back up, record, put in place, index. A
 * crash after any of them leaves the old outline or the new one, whole, and a history that explains
 * it once the report is opened again.
 */
import type { Clock } from "../base/mod.ts";
import { LabferryError, messageOf, randomId } from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import type { ActionType, Actor, AuditEvent } from "./audit_event.ts";
import { listBackups, writeBackup } from "./backups.ts";
import { readTail } from "./chain.ts";
import type { Outline } from "./outline.ts";
import { outlineBytes, sha256Of } from "./outline_text.ts";
import { recordEvent } from "./record_event.ts";
import type { ReportFolder } from "./report_folder.ts";
import { lockReport } from "./report_lock.ts";
import { outlived, removeBackups, type Retention } from "./retention.ts";
import { settle, type Settled } from "./settle.ts";

/** What an edit may ask for, so that it stays a function of its arguments. */
export interface EditMoment {
  /** ISO 8601, UTC. */
  readonly now: string;
  newId(): string;
}

export interface Edited {
  readonly outline: Outline;
  readonly actionType: ActionType;
  /** What was done, as a sentence of the history: `renamed the report to “Cortex”`. */
  readonly words: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A change of an outline; null when nothing is to be changed. */
export type Edit = (outline: Outline, moment: EditMoment) => Edited | null;

/** An edit that can also start from an outline that cannot be read (a revert). */
export type EditSettled = (settled: Settled, moment: EditMoment) => Promise<Edited | null>;

export const CHANGE_STEPS = ["settled", "backed_up", "recorded", "landed", "indexed"] as const;
export type ChangeStep = typeof CHANGE_STEPS[number];

export interface ChangeOptions {
  readonly actor: Actor;
  readonly requestId?: string | undefined;
  /** The version the caller saw; another one is a `conflict`. */
  readonly expectedVersion?: number | undefined;
}

export interface ChangeOutcome {
  readonly outline: Outline;
  /** Null when the edit wanted nothing changed. */
  readonly event: AuditEvent | null;
  /** What was put in order on opening. */
  readonly repairs: readonly string[];
  /** The change is done; this around it is not (index, old backups). */
  readonly warnings: readonly string[];
}

export interface ChangeContext {
  readonly clock: Clock;
  readonly lockTimeoutMs: number;
  readonly retention: Retention;
  /** Step 5. */
  readonly index: (outline: Outline) => Promise<void>;
  /** Called after each step; tests kill the program there. */
  readonly afterStep?: ((step: ChangeStep) => Promise<void> | void) | undefined;
}

/**
 * @throws {LabferryError} `conflict`, `lock_timeout`, `malformed_report`, and what the disk says
 */
export async function changeReport(
  folder: ReportFolder,
  edit: EditSettled,
  { options, context }: { readonly options: ChangeOptions; readonly context: ChangeContext },
): Promise<ChangeOutcome> {
  await using _lock = await lockReport(folder, { timeoutMs: context.lockTimeoutMs });
  const settled = await settle(folder, context.clock);
  refuseOtherVersion(settled, { folder, expected: options.expectedVersion });
  await context.afterStep?.("settled");
  const now = context.clock.now();
  const edited = await edit(settled, { now: now.toISOString(), newId: randomId });
  if (!edited) return unchanged(settled);
  const outline: Outline = {
    ...edited.outline,
    updated_at: now.toISOString(),
    outline_version: settled.version + 1,
  };
  const bytes = outlineBytes(outline);
  const backupFilename = settled.bytes === null
    ? null
    : await writeBackup(folder, { bytes: settled.bytes, clock: context.clock });
  await context.afterStep?.("backed_up");
  const event = await recordEvent(folder, settled.tail, {
    actor: options.actor,
    requestId: options.requestId,
    actionType: edited.actionType,
    at: now,
    words: edited.words,
    payload: edited.payload,
    claim: {
      backupFilename,
      fromVersion: settled.bytes === null ? null : settled.version,
      toVersion: outline.outline_version,
      sha256Before: settled.sha256,
      sha256After: sha256Of(bytes),
    },
  });
  await context.afterStep?.("recorded");
  await writeFileAtomic(folder.outlineFile, bytes);
  await context.afterStep?.("landed");
  const warnings = await afterwards(folder, { outline, context });
  await context.afterStep?.("indexed");
  return { outline, event, repairs: settled.repairs, warnings };
}

function refuseOtherVersion(
  { version }: Settled,
  { folder, expected }: { readonly folder: ReportFolder; readonly expected: number | undefined },
): void {
  if (expected === undefined || expected === version) return;
  throw new LabferryError("conflict", "the report was changed in the meantime", {
    why: `you saw version ${expected}, it is at version ${version}`,
    path: folder.path,
    hint: "look at it again, then make your change anew",
  });
}

function unchanged({ outline, fault, repairs }: Settled): ChangeOutcome {
  if (!outline) throw fault ?? new Error("an edit left an outline that is not there");
  return { outline, event: null, repairs, warnings: [] };
}

/** Index and old backups: the change stands without them, so their troubles become warnings. */
async function afterwards(
  folder: ReportFolder,
  { outline, context }: { readonly outline: Outline; readonly context: ChangeContext },
): Promise<string[]> {
  const warnings: string[] = [];
  for (
    const [what, work] of [
      ["the index was not refreshed", () => context.index(outline)],
      ["old backups were not thinned out", () => thinOut(folder, context)],
    ] as const
  ) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LabferryError) && !(error instanceof Deno.errors.PermissionDenied)) {
        throw error;
      }
      warnings.push(`${what}: ${messageOf(error)}`);
    }
  }
  return warnings;
}

async function thinOut(folder: ReportFolder, context: ChangeContext): Promise<void> {
  const now = context.clock.now();
  const going = outlived(await listBackups(folder), now, context.retention).map(({ name }) => name);
  if (going.length === 0) return;
  const tail = await readTail(folder.auditFile);
  const payload = tail.last!.event.payload;
  const version = payload["to_version"] as number;
  const sha256 = payload["sha256_after"] as string;
  await recordEvent(folder, tail, {
    actor: "agent",
    actionType: "backup",
    at: now,
    words: `${going.length} old backups were thinned out`,
    payload: { reason: "retention", removed: going },
    claim: {
      backupFilename: null,
      fromVersion: version,
      toVersion: version,
      sha256Before: sha256,
      sha256After: sha256,
    },
  });
  await removeBackups(folder, going);
}
