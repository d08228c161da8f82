/** Writing one line of history, at the end of the chain. The caller holds the report's lock. */
import { randomId } from "../base/mod.ts";
import { appendLine } from "../disk/mod.ts";
import type { ActionType, Actor, AuditEvent, OutlineClaim } from "./audit_event.ts";
import { type AuditTail, chainedLine } from "./chain.ts";
import type { ReportFolder } from "./report_folder.ts";

export interface EventDraft {
  readonly actor: Actor;
  readonly actionType: ActionType;
  readonly requestId?: string | undefined;
  readonly at: Date;
  readonly claim: OutlineClaim;
  /** One sentence for people. */
  readonly words: string;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
}

/** Appends the event, durable, and returns it. */
export async function recordEvent(
  folder: ReportFolder,
  tail: AuditTail,
  draft: EventDraft,
): Promise<AuditEvent> {
  const { claim } = draft;
  const event: AuditEvent = {
    action_id: randomId(),
    report_id: folder.id,
    ts: draft.at.toISOString(),
    actor: draft.actor,
    action_type: draft.actionType,
    request_id: draft.requestId ?? null,
    payload: {
      ...draft.payload,
      words: draft.words,
      backup_filename: claim.backupFilename,
      from_version: claim.fromVersion,
      to_version: claim.toVersion,
      sha256_before: claim.sha256Before,
      sha256_after: claim.sha256After,
    },
  };
  await appendLine(folder.auditFile, chainedLine(event, tail).line, { durable: true });
  return event;
}
