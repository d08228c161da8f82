/** What a tool's words mean. */
import type { FailureCode } from "../failure.ts";

export interface Reading {
  readonly code: FailureCode;
  readonly why: string;
  readonly hint?: string;
  readonly path?: string | undefined;
}
