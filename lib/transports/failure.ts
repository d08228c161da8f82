/**
 * What went wrong with a transfer, and whose fault it is. A destination's failure opens its breaker
 * and costs a run nothing; a run's failure is the run's own. Transports classify by exit code
 * first, then by message.
 */
import { type Code, type ErrorDetails, LabferryError } from "../base/mod.ts";

/** The destination's: its jobs wait, no attempt is charged. */
export const DESTINATION_FAILURES = [
  "unreachable",
  "auth",
  "host_key",
  "name_resolution",
  "missing_tool",
  "destination_full",
  "destination_identity",
  "destination_unmarked",
] as const satisfies readonly Code[];

/** The run's own. */
export const RUN_FAILURES = [
  "hash_mismatch",
  "source_vanished",
  "source_changed",
  "source_unreadable",
  "source_busy",
  "file_too_large",
  "far_file_in_use",
  "local_copy_damaged",
  "far_copy_damaged",
  "destination_conflict",
  "name_not_carried",
  "verify_oversize",
  "unknown",
] as const satisfies readonly Code[];

export type DestinationFailure = typeof DESTINATION_FAILURES[number];
export type RunFailure = typeof RUN_FAILURES[number];
export type FailureCode = DestinationFailure | RunFailure;

export class TransportError extends LabferryError {
  override readonly name = "TransportError";
  declare readonly code: FailureCode;
  /** The last lines a tool wrote, for the log and for "why". */
  readonly toolTail: string;

  constructor(code: FailureCode, what: string, details: ErrorDetails & { toolTail?: string } = {}) {
    super(code, what, details);
    this.toolTail = details.toolTail ?? "";
  }
}

/** True when the failure is the state of the destination, not of the run. */
export function isDestinationFailure(code: string): code is DestinationFailure {
  return (DESTINATION_FAILURES as readonly string[]).includes(code);
}
