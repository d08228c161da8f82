/** A fixed text for `sh -c` and what it is given: names are always arguments, never part of it. */
import { quoteCommand } from "./quote.ts";

export interface FarScript {
  readonly text: string;
  readonly args: readonly string[];
}

/** The command line that runs it in the account's login shell, whichever that is. */
export function commandLine({ text, args }: FarScript): string {
  return quoteCommand(["sh", "-c", text, "labferry", ...args]);
}
