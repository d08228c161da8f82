/** What the queue keeps of an error: its words, the file they are about, and what it advises. */
import { LabferryError, messageOf } from "../base/mod.ts";
import { diskFailure } from "../disk/mod.ts";
import type { Failure } from "../jobs/mod.ts";
import { MissingFilesError } from "./missing_files.ts";

/** The hint travels with the failure to wherever it is shown; nobody has to make up another. */
export function failureFrom(error: unknown): Failure {
  const told = diskFailure(error, "", "");
  const hint = error instanceof LabferryError ? error.hint : undefined;
  return {
    // What this disk says of itself (it is full, it is read-only) is no unknown fault of the run.
    code: told instanceof LabferryError ? told.code : "unknown",
    message: messageWithPath(error),
    ...(hint === undefined ? {} : { hint }),
    ...(error instanceof MissingFilesError ? { missing: error.missing } : {}),
  };
}

export function messageWithPath(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof LabferryError) || error.path === undefined) return message;
  return message.includes(error.path) ? message : `${message} (${error.path})`;
}
