/** Which of the reasons that keep a look before a deletion from being made somebody has to hear of. */
import { type Failure, failureClassOf } from "../jobs/mod.ts";

/**
 * A file that cannot be read, say: nobody would hear of it but from the log, hour after hour. What the
 * destination is short of is told of the destination, and what passes by itself of nobody.
 */
export function isForAPerson({ code }: Failure): boolean {
  return code === "unknown" || failureClassOf(code) === "terminal";
}
