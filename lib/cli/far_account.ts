/** What became of far bytes and of files that are gone, as `[heading, words]`; nothing of what did not happen. */
import { counted } from "../base/mod.ts";
import { lossOf, originWords } from "../control/mod.ts";
import type { FarAccount, OriginCounts } from "../queue/mod.ts";

/** Names shown of a longer list; `--json` has more. */
const MOST_SHOWN = 5;

/** `origin: matched 12, differs 0, not stated 3`: what the instrument states of its files. */
export function originLines(origin: OriginCounts | undefined): [string, string][] {
  return origin ? [["origin", originWords(origin)]] : [];
}

export function accountLines(account: FarAccount | undefined): [string, string][] {
  if (!account) return [];
  const { set_aside: aside, kept, left_out: leftOut, litter } = account;
  const lines: [string, string][] = [];
  if (aside.count > 0) {
    lines.push([
      "set aside",
      `${shown(aside.count, aside.names)}; now in ${aside.into.join(", ")}`,
    ]);
  }
  if (kept.count > 0) {
    lines.push(["kept there", `no longer here: ${shown(kept.count, kept.names)}`]);
  }
  if (leftOut) {
    const { operator, reason } = leftOut;
    const what = shown(leftOut.count, leftOut.names);
    lines.push(["left out", `${what}; accepted by ${operator}: ${reason}`]);
  }
  const loss = lossOf(leftOut);
  if (loss) {
    const { words, missing, differing } = loss;
    lines.push([
      "lost",
      [
        words,
        ...(missing.count > 0
          ? [`missing over there, or never proven: ${shown(missing.count, missing.names)}`]
          : []),
        `different over there, and left as it is: ${shown(differing.count, differing.names)}`,
      ].join("; "),
    ]);
  }
  if (litter.count > 0) {
    lines.push(["litter", `what a NAS makes by itself: ${shown(litter.count, litter.names)}`]);
  }
  return lines;
}

/** Names in quotes: a control character in one must not drive the terminal. */
export function shown(count: number, names: readonly string[]): string {
  const first = names.slice(0, MOST_SHOWN).map((name) => JSON.stringify(name)).join(", ");
  return `${counted(count, "file")} (${first}${count > MOST_SHOWN ? ", …" : ""})`;
}
