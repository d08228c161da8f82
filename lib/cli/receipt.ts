/** The receipt of `ship` for people: the proof, and what became of everything that stood in the way. */
import { counted, formatBytes } from "../base/mod.ts";
import type { FarAccount } from "../queue/mod.ts";
import type { JobView } from "../web/mod.ts";

const STRENGTH_WORDS: Readonly<Record<string, string>> = {
  read_back: "read back from the destination and hashed here",
  remote_computed: "hashed by the far machine",
  provider_asserted: "asserted by the provider",
  size_only: "compared by size only",
};
/** Names shown of a longer list; `--json` has more. */
const MOST_SHOWN = 5;

export function receiptText(receipt: JobView): string {
  const { verification, files, bytes, destination, far_path } = receipt;
  const { strength = "", matched = 0, notes = [], skipped = [], extra = [] } = verification ?? {};
  return [
    `Verified: ${counted(files, "file")}, ${formatBytes(bytes)}, at ${destination}/${far_path}`,
    line("proof", `${STRENGTH_WORDS[strength] ?? "none"} (SHA-256, ${matched} of ${files} equal)`),
    ...notes.map((note) => line("note", note)),
    ...accountLines(verification?.account),
    ...(skipped.length > 0 ? [line("not sent", shown(skipped.length, skipped))] : []),
    ...(extra.length > 0
      ? [line("also there", `not part of this run: ${shown(extra.length, extra)}`)]
      : []),
    line("check it", `cd <there> && sha256sum -c .exlab-wizard/checksums.sha256`),
  ].join("\n");
}

function accountLines(account: FarAccount | undefined): string[] {
  if (!account) return [];
  const { set_aside: aside, kept, left_out: leftOut, litter } = account;
  const lines: string[] = [];
  if (aside.count > 0) {
    lines.push(
      line("set aside", `${shown(aside.count, aside.names)}; now in ${aside.into.join(", ")}`),
    );
  }
  if (kept.count > 0) {
    lines.push(line("kept there", `no longer here: ${shown(kept.count, kept.names)}`));
  }
  if (leftOut) {
    lines.push(line(
      "left out",
      `${shown(leftOut.count, leftOut.names)}; accepted by ${leftOut.operator}: ${leftOut.reason}`,
    ));
  }
  if (litter.count > 0) {
    lines.push(
      line("litter", `what a NAS makes by itself: ${shown(litter.count, litter.names)}`),
    );
  }
  return lines;
}

function shown(count: number, names: readonly string[]): string {
  const first = names.slice(0, MOST_SHOWN).map((name) => JSON.stringify(name)).join(", ");
  return `${counted(count, "file")} (${first}${count > MOST_SHOWN ? ", …" : ""})`;
}

function line(word: string, text: string): string {
  return `  ${word.padEnd(11)}${text}`;
}
