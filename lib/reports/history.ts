/** What happened to a report, read from its audit trail: as events, and in plain words. */
import { LabferryError } from "../base/mod.ts";
import { type AuditEvent, type Chain, chainOf, readEvent } from "./audit_event.ts";
import { linesForward } from "./audit_lines.ts";
import type { ReportFolder } from "./report_folder.ts";

/** A line of the trail; `fault` says why it is no event. */
export interface HistoryLine {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly event: AuditEvent | null;
  readonly fault: string | null;
  /** Null for lines of other programs. */
  readonly chain: Chain | null;
}

/** Oldest first, one at a time. A line that cannot be read is among them, never left out. */
export async function* readHistory(folder: ReportFolder): AsyncGenerator<HistoryLine> {
  for await (const { bytes, number } of linesForward(folder.auditFile)) {
    const event = bytes.at(-1) === 0x0a ? readEvent(bytes) : "it is not complete";
    if (typeof event === "string") {
      yield { number, bytes, event: null, fault: event, chain: null };
      continue;
    }
    const chain = chainOf(event);
    if (typeof chain === "string") yield { number, bytes, event, fault: chain, chain: null };
    else yield { number, bytes, event, fault: null, chain };
  }
}

/**
 * The event with that id, or the only one whose id begins so, and all after it.
 *
 * @throws {LabferryError} `unknown_action`, `ambiguous_action`
 */
export async function eventsFrom(folder: ReportFolder, action: string): Promise<AuditEvent[]> {
  const wanted = action.trim().toLowerCase();
  const found: AuditEvent[] = [];
  const matches: string[] = [];
  for await (const { event } of readHistory(folder)) {
    if (!event) continue;
    const matchesHere = wanted.length >= 4 && event.action_id.toLowerCase().startsWith(wanted);
    if (matchesHere) matches.push(event.action_id);
    if (matchesHere || found.length > 0) found.push(event);
  }
  if (matches.length === 1) return found;
  if (matches.length > 1) {
    throw new LabferryError("ambiguous_action", `${action} fits several actions`, {
      why: matches.join(", "),
      hint: "give more of the id",
    });
  }
  throw new LabferryError("unknown_action", `the report has no action ${JSON.stringify(action)}`, {
    hint:
      "`labferry report history ID` shows the actions; at least four characters of an id are needed",
  });
}

const WORDS: Readonly<Record<AuditEvent["action_type"], string>> = {
  create: "created the report",
  evolve: "changed the report",
  revert: "went back to an earlier state",
  rename: "renamed the report",
  tag_update: "changed the tags",
  render: "rendered the report",
  manual_edit_detected: "found a change made by hand",
  backup: "kept a backup",
  status_change: "changed the status",
  fork: "made the report as a copy of another",
  synthesize: "made the report from others",
  archive: "archived the report",
  delete: "marked the report as deleted",
};

/** One sentence; ours say it themselves, other programs' are named by their type. */
export function wordsOf({ action_type, payload }: AuditEvent): string {
  const words = payload["words"];
  return typeof words === "string" && words !== "" ? words : WORDS[action_type];
}

const ACTOR_WORDS: Readonly<Record<AuditEvent["actor"], string>> = {
  cli: "command line",
  agent: "labferry",
  human: "page",
};

/** Who did it: a name where one was given, else through what. */
export function whoOf({ actor, payload }: AuditEvent): string {
  const author = payload["author"];
  return typeof author === "string" && author !== "" ? author : ACTOR_WORDS[actor];
}
