/** Earlier states of a report, from its backups: to go back to, and to compare with. */
import { LabferryError } from "../base/mod.ts";
import { type AuditEvent, claimOf } from "./audit_event.ts";
import { readBackup } from "./backups.ts";
import type { Edited, EditMoment } from "./change.ts";
import { eventsFrom, readHistory, wordsOf } from "./history.ts";
import type { Outline } from "./outline.ts";
import { parseOutline, sha256Of } from "./outline_text.ts";
import type { ReportFolder } from "./report_folder.ts";
import type { Settled } from "./settle.ts";
import { quoted } from "./wording.ts";

/** Who goes back, and why. */
export interface Undoer {
  readonly author?: string | undefined;
  readonly why?: string | undefined;
}

/**
 * Undoes the action and all after it: the outline from before it comes back, as a new change.
 *
 * @throws {LabferryError} `unknown_action`, `ambiguous_action`, `nothing_before`, `backup_missing`
 */
export async function revertTo(
  folder: ReportFolder,
  action: string,
  { settled, author, why }: Undoer & { readonly settled: Settled },
): Promise<Edited | null> {
  const undone = await eventsFrom(folder, action);
  const first = undone[0]!;
  const { backupFilename, sha256Before } = claimOf(first);
  if (sha256Before !== null && sha256Before === settled.sha256) return null;
  const outline = await outlineBefore(folder, first);
  return {
    outline,
    actionType: "revert",
    words: undoneWords(first, undone.length - 1) + (why ? `: ${quoted(why)}` : ""),
    payload: {
      ...(author ? { author } : {}),
      ...(why ? { why } : {}),
      reverted_action_id: first.action_id,
      undone_actions: undone.length,
      restored_backup: backupFilename,
    },
  };
}

function undoneWords(first: AuditEvent, after: number): string {
  const more = after === 0
    ? ""
    : after === 1
    ? " and the action after it"
    : ` and the ${after} actions after it`;
  const at = first.ts.slice(0, 16).replace("T", " ");
  return `undid ${first.action_id.slice(0, 8)} of ${at} (${wordsOf(first)})${more}`;
}

/** The outline as a given version left it; null stands for the present one. */
export async function outlineAtVersion(
  folder: ReportFolder,
  { version, present }: { readonly version: number; readonly present: Outline },
): Promise<Outline> {
  if (version === present.outline_version) return present;
  let next: AuditEvent | null = null;
  for await (const { event } of readHistory(folder)) {
    // A change that never landed left the version to another: the last one counts.
    if (event && claimOf(event).fromVersion === version && claimOf(event).backupFilename) {
      next = event;
    }
  }
  if (!next) {
    throw new LabferryError("unknown_version", `the report has no version ${version} to look at`, {
      why: `it is at version ${present.outline_version}`,
      hint: "`labferry report history ID` shows the versions",
    });
  }
  return await outlineBefore(folder, next);
}

/** Wraps `revertTo` as a change for the five steps. */
export function revertEdit(
  folder: ReportFolder,
  { action, ...undoer }: Undoer & { readonly action: string },
): (settled: Settled, moment: EditMoment) => Promise<Edited | null> {
  return (settled) => revertTo(folder, action, { settled, ...undoer });
}

async function outlineBefore(folder: ReportFolder, event: AuditEvent): Promise<Outline> {
  const { backupFilename, sha256Before } = claimOf(event);
  if (backupFilename === null) {
    throw new LabferryError("nothing_before", `“${wordsOf(event)}” cannot be undone`, {
      why: "it has no backup of its own: it made the report, or it only noted something",
      path: folder.path,
      hint: "take the next action of `labferry report history ID` that changed the report",
    });
  }
  const bytes = await readBackup(folder, backupFilename);
  if (bytes === null || (sha256Before !== null && sha256Of(bytes) !== sha256Before)) {
    throw new LabferryError("backup_missing", "the state from before that action is gone", {
      why: bytes === null
        ? `its backup ${backupFilename} is not there; old ones are thinned out`
        : `its backup ${backupFilename} was changed after it was written`,
      path: folder.backupsDir,
      hint: "`labferry report verify ID` tells what is missing; a later action may still be undone",
    });
  }
  return parseOutline(bytes, `${folder.backupsDir}/${backupFilename}`);
}
