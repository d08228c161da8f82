/**
 * What the disk room says, as a failure of the destination or of the run.
 *
 * "You may not" (EACCES, EPERM) and "it is read-only" (EROFS) are `auth`: the account labferry runs
 * under has no right to write there, which is a state of the destination that a person mends once
 * for all runs. It is not the run's fault, and it must not use up the run's attempts.
 */
import { type Code, isAbort, LabferryError } from "../../base/mod.ts";
import { type FailureCode, TransportError } from "../failure.ts";

const FAILURE_OF_DISK: Readonly<Partial<Record<Code, FailureCode>>> = {
  already_exists: "destination_conflict",
  device_lost: "unreachable",
  disk_full: "destination_full",
  file_in_use: "far_file_in_use",
  file_too_large: "file_too_large",
  link_refused: "destination_conflict",
  mount_lost: "destination_identity",
  name_refused: "name_not_carried",
  name_too_long: "name_not_carried",
  not_a_file: "destination_conflict",
  not_a_folder: "destination_conflict",
  not_found: "unreachable",
  other_device: "destination_conflict",
  outside_root: "name_not_carried",
  permission_denied: "auth",
  read_only: "auth",
  source_busy: "source_busy",
  source_changed: "source_changed",
  source_unreadable: "source_unreadable",
  source_vanished: "source_vanished",
  thread_lost: "unreachable",
};

/** A `TransportError` for an error of the disk room; anything else (an abort, a bug) as it is. */
export function mountFailure(error: unknown, options: { readonly source?: string } = {}): unknown {
  if (!(error instanceof LabferryError) || error instanceof TransportError) return error;
  return new TransportError(codeOf(error, options.source), error.message, {
    ...(error.hint ? { hint: error.hint } : {}),
    ...(error.path ? { path: error.path } : {}),
    cause: error,
  });
}

function codeOf(error: LabferryError, source: string | undefined): FailureCode {
  // A sealed file whose place a link or a folder has taken is no longer what was sealed.
  if (error.code === "not_a_file" && error.path === source) return "source_changed";
  // exFAT and CIFS say EINVAL to names they do not have, and so to nothing else that is done here.
  if (error.code === "io_failed" && /: Invalid argument$/.test(error.message)) {
    return "name_not_carried";
  }
  return FAILURE_OF_DISK[error.code] ?? "unknown";
}

/** The promise's value; failures become `TransportError`s. */
export async function asTransportError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isAbort(error) ? error : mountFailure(error);
  }
}
