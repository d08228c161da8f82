/** What a failure means for the job: the one table that decides whether and how it is tried again. */
import { isDestinationFailure } from "../transports/mod.ts";

export type FailureClass =
  /** The destination's state: its breaker opens, no attempt is charged. */
  | "destination"
  /** Local and passing (disk full, run still changing): tried again soon, no attempt is charged. */
  | "again"
  /** Unknown: backoff, charged, after the fifth a person has to look. */
  | "retry"
  /** Trying again cannot help: a person has to look. */
  | "terminal";

const TERMINAL = new Set([
  "hash_mismatch",
  "source_vanished",
  "source_unreadable",
  "local_copy_damaged",
  "far_copy_damaged",
  "destination_conflict",
  "name_not_carried",
  "file_too_large",
  "no_locks",
  "verify_oversize",
  "invalid_utf8_name",
  "nothing_to_seal",
  "schema_major_mismatch",
  "record_invalid",
  "unknown_equipment",
]);

const AGAIN = new Set([
  "source_changed",
  "root_missing",
  "source_busy",
  "far_file_in_use",
  "seal_overtaken",
  "pass_overtaken",
  "pass_closed",
  "disk_full",
  "queue_full_disk",
  "queue_locked",
  "lock_timeout",
]);

/** Of this computer, but it holds every destination until a person has decided. */
const HELD_HERE = new Set(["installation_moved"]);

export function failureClassOf(code: string): FailureClass {
  if (isDestinationFailure(code) || HELD_HERE.has(code)) return "destination";
  if (TERMINAL.has(code)) return "terminal";
  return AGAIN.has(code) ? "again" : "retry";
}
