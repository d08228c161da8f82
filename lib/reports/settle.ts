/**
 * Opening a report: what a crash, another program or a hand has left is put in order and written
 * into the history. Nothing is thrown away, and the outline is never changed here. The caller holds
 * the report's lock.
 */
import { join } from "node:path";
import { type Clock, LabferryError } from "../base/mod.ts";
import { lstatOrNull, readOrNull, splitTornTail, type TornTail } from "../disk/mod.ts";
import { type ActionType, type AuditEvent, claimOf } from "./audit_event.ts";
import { listBackups } from "./backups.ts";
import { type AuditTail, readTail } from "./chain.ts";
import type { Outline } from "./outline.ts";
import { parseOutline, sha256Of } from "./outline_text.ts";
import { recordEvent } from "./record_event.ts";
import type { ReportFolder } from "./report_folder.ts";

/** A report whose history explains its outline. */
export interface Settled {
  /** Null when there is no outline, or `fault` says why it cannot be read. */
  readonly outline: Outline | null;
  readonly fault: LabferryError | null;
  /** The outline's bytes as they are; null when there is none. */
  readonly bytes: Uint8Array | null;
  readonly sha256: string | null;
  readonly tail: AuditTail;
  /** The highest version the history knows; the next change is one above. */
  readonly version: number;
  /** What was found and recorded, in sentences. */
  readonly repairs: readonly string[];
}

export async function settle(folder: ReportFolder, clock: Clock): Promise<Settled> {
  const torn = await splitTornTail(folder.auditFile);
  const tail = await readTail(folder.auditFile);
  const found = await readOutline(folder);
  const finding = judge({ tail, found, torn });
  if (!finding) return settled(found, { tail, repairs: [] });
  const backups = await unknownBackups(folder, tail);
  const last = tail.last ? claimOf(tail.last.event) : null;
  const fromVersion = last?.toVersion ?? null;
  await recordEvent(folder, tail, {
    actor: "agent",
    actionType: finding.actionType,
    at: clock.now(),
    words: finding.words,
    claim: {
      backupFilename: null,
      fromVersion,
      toVersion: finding.neverLanded
        ? last?.fromVersion ?? null
        : Math.max(fromVersion ?? 0, found.outline?.outline_version ?? 0),
      sha256Before: last?.sha256After ?? null,
      sha256After: found.sha256,
    },
    payload: {
      reason: finding.reason,
      ...(finding.neverLanded ? { never_landed: finding.neverLanded.action_id } : {}),
      ...(torn ? { torn_line: tornPayload(torn) } : {}),
      ...(Object.keys(backups).length > 0 ? { backups } : {}),
    },
  });
  return settled(found, {
    tail: await readTail(folder.auditFile),
    repairs: [finding.words],
  });
}

/** The outline as it is on disk; a fault is kept beside it, because a revert can still mend it. */
export async function readOutline(
  folder: ReportFolder,
): Promise<Pick<Settled, "outline" | "fault" | "bytes" | "sha256">> {
  if ((await lstatOrNull(folder.outlineFile))?.isSymlink) {
    throw new LabferryError("link_refused", "a report's outline is a symbolic link", {
      path: folder.outlineFile,
    });
  }
  const bytes = await readOrNull(folder.outlineFile);
  if (bytes === null) return { outline: null, fault: null, bytes, sha256: null };
  const sha256 = sha256Of(bytes);
  try {
    return { outline: parseOutline(bytes, folder.outlineFile), fault: null, bytes, sha256 };
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "malformed_report") throw error;
    return { outline: null, fault: error, bytes, sha256 };
  }
}

function settled(
  found: Pick<Settled, "outline" | "fault" | "bytes" | "sha256">,
  { tail, repairs }: Pick<Settled, "tail" | "repairs">,
): Settled {
  const version = tail.last ? claimOf(tail.last.event).toVersion ?? 0 : 0;
  return {
    ...found,
    tail,
    repairs,
    version: Math.max(version, found.outline?.outline_version ?? 0),
  };
}

interface Finding {
  readonly actionType: ActionType;
  readonly reason: string;
  readonly words: string;
  readonly neverLanded?: AuditEvent;
}

/** What has to be recorded; null when the history explains everything. */
function judge(
  { tail, found, torn }: {
    tail: AuditTail;
    found: Pick<Settled, "sha256" | "fault" | "bytes">;
    torn: TornTail | null;
  },
): Finding | null {
  const outline = judgeOutline(tail, found);
  const malformed = tail.after.filter((event) => typeof event === "string").length;
  const more = [
    ...(torn ? ["the history's last line was torn by a crash and set aside"] : []),
    ...(malformed > 0 ? [`${malformed} lines of the history are malformed`] : []),
  ];
  if (outline) return { ...outline, words: [outline.words, ...more].join("; ") };
  if (torn) return { actionType: "backup", reason: "torn_line_set_aside", words: more.join("; ") };
  if (tail.after.length === 0) return null;
  const words = [`another program added ${tail.after.length} lines to the history`];
  return {
    actionType: "backup",
    reason: "lines_of_another_program",
    words: [...words, ...more].join("; "),
  };
}

function judgeOutline(
  tail: AuditTail,
  { sha256, fault, bytes }: Pick<Settled, "sha256" | "fault" | "bytes">,
): Finding | null {
  if (!tail.last) {
    if (bytes === null) return null;
    return {
      actionType: "backup",
      reason: "first_seen",
      words: "labferry saw this report for the first time and began its chain",
    };
  }
  const { event } = tail.last;
  const { sha256Before, sha256After } = claimOf(event);
  if (sha256 === sha256After) return null;
  if (sha256 === sha256Before) {
    return {
      actionType: "revert",
      reason: "never_landed",
      neverLanded: event,
      words: "the change before this line was interrupted and did not take effect",
    };
  }
  const isRecorded = tail.after.some((other) => typeof other !== "string");
  if (isRecorded && !fault && bytes !== null) {
    return {
      actionType: "backup",
      reason: "changed_by_another_program",
      words: "another program changed the outline and told of it in the history",
    };
  }
  const how = bytes === null
    ? "the outline was removed"
    : fault
    ? "the outline was changed by hand and cannot be read any more"
    : "the outline was changed by hand";
  return { actionType: "manual_edit_detected", reason: "manual_edit", words: how };
}

/** Backups that came since the last one our history names, with their hashes. */
async function unknownBackups(
  folder: ReportFolder,
  tail: AuditTail,
): Promise<Record<string, string>> {
  const lastKnown = lastKnownBackup(tail.last?.event ?? null);
  const hashes: Record<string, string> = {};
  for (const { name } of await listBackups(folder)) {
    if (name <= lastKnown) continue;
    hashes[name] = sha256Of(await Deno.readFile(join(folder.backupsDir, name)));
  }
  return hashes;
}

/** The name of the event's backup, or one as old as the event; backups that came later sort after. */
export function lastKnownBackup(event: AuditEvent | null): string {
  if (event === null) return "";
  const { backupFilename } = claimOf(event);
  if (backupFilename) return backupFilename;
  const [seconds = "", fraction = ""] = event.ts.replace(/[-:Z]/g, "").split(".");
  return `outline.json.${seconds}_${fraction.padEnd(6, "0")}.bak`;
}

function tornPayload({ fragment, asidePath }: TornTail): Record<string, unknown> {
  return {
    file: asidePath.slice(Math.max(asidePath.lastIndexOf("/"), asidePath.lastIndexOf("\\")) + 1),
    sha256: sha256Of(fragment),
    bytes: fragment.length,
  };
}
