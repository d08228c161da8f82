/** The receipt of `ship` for people: the proof, and what became of everything that stood in the way. */
import { counted, formatBytes, strengthWords } from "../base/mod.ts";
import { checkByHand, type JobView } from "../control/mod.ts";

import { accountLines, originLines, shown } from "./far_account.ts";

const ONE_DISK =
  "on the same disk as the folder: if it dies, both copies are gone; if a NAS was meant, see that it is mounted";

/** `isOnOneDisk`: the destination is a folder on the disk of what was sent. */
export function receiptText(
  receipt: JobView,
  { isOnOneDisk = false }: { readonly isOnOneDisk?: boolean } = {},
): string {
  const { verification, files, bytes, destination, far_path } = receipt;
  const { strength, matched = 0, notes = [], skipped = [], extra = [] } = verification ?? {};
  return [
    `Safe: ${counted(files, "file")}, ${formatBytes(bytes)}, at ${destination}/${far_path}`,
    line(
      "proof",
      `${strength ? strengthWords(strength) : "none"} (SHA-256, ${matched} of ${files} equal)`,
    ),
    ...notes.map((note) => line("note", note)),
    ...(isOnOneDisk ? [line("note", ONE_DISK)] : []),
    ...originLines(verification?.origin).map(([word, text]) => line(word, text)),
    ...accountLines(verification?.account).map(([word, text]) => line(word, text)),
    ...(skipped.length > 0 ? [line("not sent", shown(skipped.length, skipped))] : []),
    ...(extra.length > 0
      ? [line("also there", `not part of this run: ${shown(extra.length, extra)}`)]
      : []),
    line("check it", checkByHand(receipt)),
  ].join("\n");
}

function line(word: string, text: string): string {
  return `  ${word.padEnd(11)}${text}`;
}
