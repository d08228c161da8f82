/**
 * What hashes on the far machine. The scripts get names as arguments (from xargs), each beginning
 * with `./`, and print no name: the hashes are told apart by their position alone.
 */
import type { FarHashTool } from "./hash_tools.ts";

/** True for a name one of whose folders is a link. */
const LINKED =
  'linked() { r=$1; while [ "$r" != . ]; do if [ -L "$r" ]; then return 0; fi; r=${r%/*}; done; return 1; };';

/** True for a name that seems missing, but in a folder we may not look into. */
const HIDDEN = 'hidden() { r=${1%/*}; while [ ! -d "$r" ]; do r=${r%/*}; done; [ ! -x "$r" ]; };';

/**
 * Sets `k`: `f` a readable file, `m` missing, `l` a link or behind one, `u` unreadable, `o` another
 * thing. Files come sorted, so the folder is looked at only when it changes.
 */
const KIND = `${LINKED} ${HIDDEN} d=; b=; kind() { if [ "\${1%/*}" != "$d" ]; then d=\${1%/*};` +
  ' if linked "$d"; then b=l; else b=; fi; fi;' +
  ' if [ -n "$b" ] || [ -L "$1" ]; then k=l; elif [ -f "$1" ]; then if [ -r "$1" ]; then k=f; else k=u; fi;' +
  ' elif [ -e "$1" ]; then k=o; elif hidden "$1"; then k=u; else k=m; fi; };';

const DROP = 'dd if="$f" of=/dev/null iflag=nocache count=0 2>/dev/null;';

/**
 * One line of kinds for all arguments; then, only if each is `f`, the tool's lines and `= <code>`.
 * Otherwise positions would not fit: the caller asks again for those that are.
 */
export function hashAll(tool: FarHashTool, dropCache: boolean): string {
  const drop = dropCache ? DROP : "";
  return `${KIND} a=; for f; do kind "$f"; printf %s "$k"; case $k in f) ${drop};; *) a=no;; esac; done;` +
    ` echo; if [ -z "$a" ]; then ${tool.command} "$@"; echo "= $?"; fi`;
}

/**
 * One line per argument: the hash, or the kind alone. For names that a tool would print over two
 * lines, and to find the one file that a tool fails on.
 */
export function hashEach(tool: FarHashTool, dropCache: boolean): string {
  const drop = dropCache ? DROP : "";
  return `${KIND} for f; do kind "$f"; case $k in f) ${drop} h=$(${tool.command} < "$f") ||` +
    ' h=u; echo "$h";; *) echo "$k";; esac; done';
}

export type Verdict = { readonly kind: "hash"; readonly sha256: string } | {
  readonly kind: "missing" | "unreadable";
};

const HASH = /^\\?([0-9a-f]{64})\b/;

/** A line of `hashEach`. */
export function verdictOf(line: string): Verdict | null {
  const sha256 = HASH.exec(line)?.[1];
  return sha256 ? { kind: "hash", sha256 } : kindOf(line);
}

function kindOf(letter: string): Verdict | null {
  if (letter === "m" || letter === "l" || letter === "o") return { kind: "missing" };
  return letter === "u" ? { kind: "unreadable" } : null;
}

/**
 * Reads the answers of `hashAll`, one block for each time xargs started it. An entry is null where
 * the file is there and its hash is not known yet. Null for the whole when the blocks do not add up.
 */
export function readBlocks(output: string, count: number): (Verdict | null)[] | null {
  const lines = output.split("\n");
  if (lines.pop() !== "") return null;
  const verdicts: (Verdict | null)[] = [];
  for (let at = 0; at < lines.length;) {
    const kinds = lines[at++]!;
    if (!/^[fmluo]+$/.test(kinds)) return null;
    if (/[^f]/.test(kinds)) {
      for (const kind of kinds) verdicts.push(kindOf(kind));
      continue;
    }
    const end = lines.indexOf("= 0", at);
    const hashes = lines.slice(at, end).map(verdictOf);
    // A file that could not be read to its end, or went away: nothing of this block is believed.
    const whole = end >= 0 && hashes.length === kinds.length &&
      hashes.every((verdict) => verdict?.kind === "hash");
    if (!whole) {
      const code = lines.findIndex((line, index) => index >= at && line.startsWith("= "));
      if (code < 0) return null;
      for (const _ of kinds) verdicts.push(null);
      at = code + 1;
      continue;
    }
    verdicts.push(...hashes);
    at = end + 1;
  }
  return verdicts.length === count ? verdicts : null;
}
