/**
 * What the queue's timeline of a run says, as dated sentences with a weight. The sentences live in
 * the insight's metadata, so that a queue that was lost and made anew adds to them and takes nothing
 * away; the same event gives the same sentence, however often it is applied.
 */
import * as z from "zod";
import { formatBytes, strengthWords } from "../base/mod.ts";
import { type CappedNames, EVENT_WORDS, HOLD_WORDS, lossIn } from "../queue/mod.ts";

/** An event of the queue, as far as reports need one. */
export interface FeedEvent {
  readonly seq: number;
  readonly jobId: string;
  readonly at: string;
  readonly kind: string;
  readonly fromState: string | null;
  readonly toState: string;
  readonly generation: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** 3 routine, 6 overridden or retried, 9 failed or damaged. */
export type Weight = 3 | 6 | 9;

export interface Fact {
  readonly at: string;
  /** Tells facts of one instant apart, and the same fact again. */
  readonly key: string;
  readonly weight: Weight;
  readonly words: string;
}

/** A run that is checked for ten years: its first and latest facts are listed, all are in the audit. */
const FIRST_KEPT = 20;
const LAST_KEPT = 40;

/** The event's fact; null for what is of no interest later (claimed, put back, …). */
export function factOf(event: FeedEvent): Fact | null {
  const fact = sentence(event);
  if (!fact) return null;
  const { seq, jobId, at } = event;
  return { at, key: `${jobId.slice(0, 8)}:${seq}`, ...fact };
}

/** Old and new facts in their order, each once. */
export function mergeFacts(old: readonly Fact[], more: readonly Fact[]): readonly Fact[] {
  const byKey = new Map([...old, ...more].map((fact) => [`${fact.at} ${fact.key}`, fact]));
  const all = [...byKey.values()].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : a.key.localeCompare(b.key, "en", { numeric: true })
  );
  if (all.length <= FIRST_KEPT + LAST_KEPT) return all;
  return [...all.slice(0, FIRST_KEPT), ...all.slice(-LAST_KEPT)];
}

type Told = Pick<Fact, "weight" | "words">;

function sentence(event: FeedEvent): Told | null {
  const { kind, detail, fromState, toState } = event;
  if (toState === "cleaned" && fromState !== "cleaned" && fromState !== null) {
    return { weight: 3, words: `${EVENT_WORDS.cleaned}, under certificate` };
  }
  switch (kind) {
    case "sealed":
      return sealed(event);
    case "pass_ended":
      return passEnded(detail);
    case "verified":
      return { weight: 3, words: EVENT_WORDS.verified };
    case "session_part":
      return { weight: 3, words: sessionPart(detail) };
    case "resend":
      return {
        weight: 6,
        words: `${EVENT_WORDS.resend}: ${filesWords(detail["count"])}`,
      };
    case "attempt_failed":
      return { weight: 6, words: `${EVENT_WORDS.attempt_failed}: ${detail["message"]}` };
    case "failed":
      return {
        weight: 9,
        words: detail["code"] === "far_copy_damaged"
          ? `damage found in the far copy: ${detail["message"]}`
          : `${EVENT_WORDS.failed}: ${detail["message"]}`,
      };
    case "destination_moved":
      return { weight: 6, words: `${EVENT_WORDS.destination_moved}: ${detail["to"]}` };
    case "deletion_interrupted":
      return { weight: 6, words: EVENT_WORDS.deletion_interrupted };
    case "deletion_stopped":
      return { weight: 6, words: `${EVENT_WORDS.deletion_stopped}: ${detail["message"]}` };
    case "records_stay":
      return { weight: 3, words: `${EVENT_WORDS.records_stay}: ${detail["message"]}` };
    case "records_gone":
      return { weight: 3, words: EVENT_WORDS.records_gone };
    case "far_alarm":
      return { weight: 9, words: `damage found in the far copy: ${detail["message"]}` };
    case "retried":
      return { weight: 6, words: `${EVENT_WORDS.retried}, by ${person(detail)}` };
    case "missing_accepted":
      return lossAccepted(detail);
    case "held":
      return held(detail);
    case "released":
      return detail["hold"] === "gate" ? { weight: 6, words: "let through by the gate" } : null;
    case "local_missing":
      return {
        weight: 6,
        words: `${EVENT_WORDS.local_missing}: ${filesWords(detail["files"])}`,
      };
    case "rebuilt":
      return { weight: 6, words: EVENT_WORDS.rebuilt };
    default:
      return null;
  }
}

function sealed({ generation, detail }: FeedEvent): Told {
  const amount = `${filesWords(detail["files"])}, ${formatBytes(Number(detail["bytes"] ?? 0))}`;
  if (generation <= 1) return { weight: 3, words: `sealed with ${amount}` };
  const changes = [
    ...counted(detail["added"], "new"),
    ...counted(detail["altered"], "altered"),
    ...counted(detail["goneUnproven"], "gone before they were proven"),
  ];
  const why = changes.length > 0 ? `: ${changes.join(", ")}` : "";
  return { weight: 6, words: `sealed again (number ${generation}) with ${amount}${why}` };
}

function passEnded(detail: FeedEvent["detail"]): Told | null {
  const how = strengthWords(String(detail["strength"]));
  if (detail["outcome"] === "passed") {
    return {
      weight: 3,
      words: `verification passed: ${filesWords(detail["matched"])} ${how}, all equal${
        originOf(detail["origin"])
      }`,
    };
  }
  if (detail["outcome"] !== "failed") return null;
  const faults = [
    ...counted(detail["mismatched"], "differ"),
    ...counted(detail["missing"], "missing"),
  ];
  return { weight: 6, words: `verification failed: ${faults.join(", ") || "it did not finish"}` };
}

/** Names of lost files in one sentence; the record and the timeline have more. */
const MOST_LOST_NAMED = 100;

const capped = z.object({ count: z.number(), names: z.array(z.string()) });
const loss = capped.extend({
  operator: z.string(),
  reason: z.string(),
  differing: capped.default({ count: 0, names: [] }),
});

function lossAccepted(detail: FeedEvent["detail"]): Told | null {
  const accepted = loss.safeParse(detail).data;
  if (!accepted) return null;
  const { operator, reason } = accepted;
  const { words: lost, missing, differing } = lossIn(accepted);
  const words = [
    lost,
    ...namedLoss("missing over there, or never proven", missing),
    ...namedLoss("different over there, and left as it is", differing),
    `${operator} lets the run go without: ${reason}`,
  ];
  return { weight: 9, words: words.join("; ") };
}

function namedLoss(how: string, { count, names }: CappedNames): string[] {
  if (count === 0) return [];
  const said = names.slice(0, MOST_LOST_NAMED).map((name) => JSON.stringify(name)).join(", ");
  return [`${how}: ${said}${count > MOST_LOST_NAMED ? " …" : ""}`];
}

function held(detail: FeedEvent["detail"]): Told | null {
  const { hold, reason } = detail;
  if (hold !== "gate" && hold !== "cancelled") return null;
  const { words } = HOLD_WORDS[hold];
  return { weight: 6, words: reason ? `${words} (${reason})` : words };
}

function sessionPart(detail: FeedEvent["detail"]): string {
  const { session, parts, is_complete: isComplete, waits } = detail;
  if (isComplete === true) return `session ${session} is complete: all ${parts} parts are proven`;
  const others = Array.isArray(waits) ? waits.join(", ") : "";
  return `a part of session ${session}, which waits for ${others}`;
}

/** `1 file`, `1,204 files` */
export function filesWords(count: unknown): string {
  const number = Number(count ?? 0);
  return `${number.toLocaleString("en-US")} ${number === 1 ? "file" : "files"}`;
}

function counted(value: unknown, what: string): string[] {
  return typeof value === "number" && value > 0 ? [`${value} ${what}`] : [];
}

function person(detail: FeedEvent["detail"]): string {
  return typeof detail["by"] === "string" && detail["by"] !== "" ? detail["by"] : "a person";
}

const stated = z.object({ matched: z.number(), differs: z.number(), not_stated: z.number() });

/** What the instrument states of its files; empty where it states nothing. */
function originOf(detail: unknown): string {
  const origin = stated.safeParse(detail).data;
  if (!origin) return "";
  const { matched, differs, not_stated: notStated } = origin;
  return `; origin: matched ${matched}, differs ${differs}, not stated ${notStated}`;
}
