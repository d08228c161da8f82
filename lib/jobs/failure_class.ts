/** What a failure means for the job: whether and how it is tried again (`base/codes.ts` has each). */
import { type Code, CODES, type FailureClass } from "../base/mod.ts";

export type { FailureClass } from "../base/mod.ts";

export function failureClassOf(code: Code): FailureClass {
  return CODES[code].job;
}
