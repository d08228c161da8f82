/**
 * The one error a person can meet. It says what happened, why, and what to do, and carries a stable
 * `code` that scripts may rely on. The exit code belongs to the code (`exitCodeOf`), so one table
 * decides what a script sees.
 */

/** Process exit codes; the contract is written down in `docs/commands.md`. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  gate: 3,
  destination: 4,
  lockTimeout: 5,
  interrupted: 130,
} as const;

/** Codes whose exit code is not plain "the work failed" (1). */
const EXIT_OF_CODE: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  config_invalid: EXIT.usage,
  config_missing: EXIT.usage,
  config_unreadable: EXIT.usage,
  unknown_equipment: EXIT.usage,
  unknown_run: EXIT.usage,
  unknown_report: EXIT.usage,
  ambiguous_report: EXIT.usage,
  unknown_section: EXIT.usage,
  unknown_insight: EXIT.usage,
  unknown_action: EXIT.usage,
  ambiguous_action: EXIT.usage,
  unknown_version: EXIT.usage,
  not_a_run: EXIT.usage,
  gate_blocked: EXIT.gate,
  unsafe_project_name: EXIT.gate,
  mode_prefix_mismatch: EXIT.gate,
  unreachable: EXIT.destination,
  auth: EXIT.destination,
  host_key: EXIT.destination,
  name_resolution: EXIT.destination,
  missing_tool: EXIT.destination,
  destination_full: EXIT.destination,
  destination_identity: EXIT.destination,
  destination_unmarked: EXIT.destination,
  lock_timeout: EXIT.lockTimeout,
  interrupted: EXIT.interrupted,
};

export interface ErrorDetails {
  /** Why it happened: the cause in plain words, without a full stop. */
  readonly why?: string;
  /** What the person can do about it; one sentence. */
  readonly hint?: string;
  /** The file or folder concerned. */
  readonly path?: string;
  readonly cause?: unknown;
}

/** An error with a stable `code`; `message` is `<what happened>: <why>`. */
export class LabferryError extends Error {
  override readonly name: string = "LabferryError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly path: string | undefined;

  constructor(code: string, what: string, details: ErrorDetails = {}) {
    super(details.why ? `${what}: ${details.why}` : what, { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.path = details.path;
  }
}

/** The exit code a process ends with when `error` reaches the top. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof LabferryError) return EXIT_OF_CODE[error.code] ?? EXIT.failed;
  if (isAbort(error)) return EXIT.interrupted;
  return EXIT.failed;
}

/** True for the error an aborted operation ends with. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What any thrown value says, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
