/**
 * The one error a person can meet. It says what happened, why, and what to do, and carries a stable
 * `code` that scripts may rely on (`codes.ts`).
 */
import { type Code, CODES, knownCode } from "./codes.ts";
import { EXIT } from "./exit.ts";

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
  readonly code: Code;
  readonly hint: string | undefined;
  readonly path: string | undefined;

  constructor(code: Code, what: string, details: ErrorDetails = {}) {
    super(details.why ? `${what}: ${details.why}` : what, { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.path = details.path;
  }
}

/** What a queue or a running service keeps of an error. */
export interface KeptError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * The error again. A code that only a newer labferry knows counts as `unknown`, and is said in the
 * message as it was read.
 */
export function errorAsKept(
  { code, message, hint }: KeptError,
  { path }: Pick<ErrorDetails, "path"> = {},
): LabferryError {
  const known = knownCode(code);
  return new LabferryError(known ?? "unknown", known ? message : `${message} (${code})`, {
    ...(hint === undefined ? {} : { hint }),
    ...(path === undefined ? {} : { path }),
  });
}

/** The exit code a process ends with when `error` reaches the top. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof LabferryError) return CODES[error.code].exit;
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
