/** What rsync says about the files of a push, besides how far it is. */
import { LEFTOVERS_NOTE } from "./far_scripts.ts";

const SKIPPED = /^skipping (?:non-regular file "(.*)"|directory (.*))$/;
/** Its last line only repeats the code. */
const TROUBLE = /^(?:rsync: |cannot |could not |IO error|file has vanished|ERROR)/;
const NO_TIMES = /^rsync: (?:\[\w+\] )?failed to set times on "/;

export class PushTalk {
  /** A name of the list under which there is no regular file any more. */
  otherKind: string | null = null;
  /** The last push to this folder was cut off. */
  hasLeftovers = false;
  timesFailed = 0;
  hasOtherTrouble = false;

  onStdoutLine(line: string): void {
    const skipped = SKIPPED.exec(line);
    if (skipped) this.otherKind ??= skipped[1] ?? skipped[2] ?? line;
    this.#trouble(line);
  }

  onStderrLine(line: string): void {
    this.hasLeftovers ||= line === LEFTOVERS_NOTE;
    this.#trouble(line);
  }

  #trouble(line: string): void {
    if (NO_TIMES.test(line)) this.timesFailed++;
    else if (TROUBLE.test(line)) this.hasOtherTrouble = true;
  }
}
