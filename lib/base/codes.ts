/**
 * Every code an error of labferry can carry, in one closed table: its exit code, its status in the
 * page's answers, what it means for a job, and the words of `docs/recovery.md`. A code that is not
 * here does not compile.
 *
 * Codes are a contract with scripts: they may be added, never renamed. Read back from a database, a
 * file or a service they are text (`knownCode`), because a newer labferry may have written them.
 */
import { ASKED_CODES } from "./codes/asked.ts";
import { COMPUTER_CODES } from "./codes/computer.ts";
import { DESTINATION_CODES } from "./codes/destination.ts";
import type { CodeFacts } from "./codes/facts.ts";
import { RECORD_CODES } from "./codes/records.ts";
import { RUN_CODES } from "./codes/run.ts";

export type { CodeFacts, ErrorStatus, FailureClass } from "./codes/facts.ts";

/** By what is wrong, in the order of `docs/recovery.md`. */
export const CODES_BY_SUBJECT = {
  destination: DESTINATION_CODES,
  run: RUN_CODES,
  records: RECORD_CODES,
  computer: COMPUTER_CODES,
  asked: ASKED_CODES,
} as const;

export const CODES = {
  ...DESTINATION_CODES,
  ...RUN_CODES,
  ...RECORD_CODES,
  ...COMPUTER_CODES,
  ...ASKED_CODES,
} as const satisfies Readonly<Record<string, CodeFacts>>;

export type Code = keyof typeof CODES;

/** The code that was read, or null for one that this labferry does not know. */
export function knownCode(text: string): Code | null {
  return Object.hasOwn(CODES, text) ? text as Code : null;
}
