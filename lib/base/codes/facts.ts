/** What is known of a code beside its name, and what codes of one sort have in common. */
import { EXIT, type Exit } from "../exit.ts";

/** What a failure means for the job that met it: whether and how it is tried again. */
export type FailureClass =
  /** The destination's state: its breaker opens, no attempt is charged. */
  | "destination"
  /** Local and passing (disk full, run still changing): tried again soon, no attempt is charged. */
  | "again"
  /** Unknown: backoff, charged, after the fifth a person has to look. */
  | "retry"
  /** Trying again cannot help: a person has to look. */
  | "terminal";

/** Statuses of the page's errors (RFC 9110). */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 422 | 500 | 503;

export interface CodeFacts {
  /** The exit code of a command that ends with it. */
  readonly exit: Exclude<Exit, 0>;
  /** The status of the page's answer. */
  readonly http: ErrorStatus;
  readonly job: FailureClass;
  /** What happened, and why; as in `docs/recovery.md`. */
  readonly means: string;
  /**
   * What to do; as in `docs/recovery.md`. People see it only where no error's own hint says more:
   * the hint knows the file.
   */
  readonly advice: string;
}

type Sort = Omit<CodeFacts, "means" | "advice">;

/** The work failed, and nothing more is known of a failure of this sort. */
export const FAILED = { exit: EXIT.failed, http: 500, job: "retry" } as const satisfies Sort;
export const ASKED_WRONGLY = { exit: EXIT.usage, http: 400, job: "retry" } as const satisfies Sort;
export const GATE_REFUSED = { exit: EXIT.gate, http: 422, job: "retry" } as const satisfies Sort;
export const DESTINATION_FAILED = {
  exit: EXIT.destination,
  http: 503,
  job: "destination",
} as const satisfies Sort;
export const LOCK_HELD = {
  exit: EXIT.lockTimeout,
  http: 503,
  job: "again",
} as const satisfies Sort;
export const INTERRUPTED = {
  exit: EXIT.interrupted,
  http: 500,
  job: "retry",
} as const satisfies Sort;

/** The same facts for several codes: causes a program can tell apart, and a person need not. */
export function alike<C extends string>(
  codes: readonly C[],
  facts: CodeFacts,
): Record<C, CodeFacts> {
  return Object.fromEntries(codes.map((code) => [code, facts])) as Record<C, CodeFacts>;
}
