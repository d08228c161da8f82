/** What the machine makes of an event: the change of the row, the timeline's line, and the effects. */
import type { EventKind, Job, JobChange, JobEventDraft, JobState } from "../queue/mod.ts";
import type { Failure } from "./event.ts";

/** What the worker has to do once the change is committed. */
export type Effect =
  | { readonly type: "record_status" }
  | { readonly type: "record_pin" }
  | { readonly type: "open_breaker"; readonly error: Failure }
  | { readonly type: "tell"; readonly event: ToldEvent; readonly message: string };

/** What somebody outside may want to hear of: hooks. */
export type ToldEvent = "failed" | "verified" | "blocked" | "cleaned" | "far_damage";

export interface Step {
  readonly change: JobChange;
  readonly event: JobEventDraft;
  readonly effects: readonly Effect[];
}

export const RECORD: Effect = { type: "record_status" };

export function from(job: Job, states: readonly JobState[]): boolean {
  return states.includes(job.state);
}

export function step(
  change: JobChange,
  kind: EventKind,
  detail: Readonly<Record<string, unknown>> = {},
  effects: readonly Effect[] = [],
): Step {
  return { change, event: { kind, detail }, effects };
}
