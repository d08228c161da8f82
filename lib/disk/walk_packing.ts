/** Entries of a walk as columns, for the way between threads, and back. */
import type { PackedEntries } from "./messages.ts";
import type { TreeWalk, WalkedKind, WalkEntry, WalkProblemCode } from "./walk_tree.ts";

const KINDS = ["file", "directory", "symlink", "other"] as const;
const EMPTY_FOLDER = 4;
const PROBLEMS = ["invalid_utf8_name", "unreadable", "vanished", "too_deep"] as const;
const FIRST_PROBLEM = 16;
const NUMBERS = 3;

/** Takes up to `most` entries from a walk. */
export function packEntries(walk: TreeWalk, most: number): PackedEntries {
  const kinds = new Uint8Array(most);
  const numbers = new Float64Array(most * NUMBERS);
  const messages: string[] = [];
  let paths = "";
  let fileIds = "";
  let count = 0;
  let end = false;
  while (count < most) {
    const entry = walk.next();
    if (entry === null) {
      end = true;
      break;
    }
    paths += `${entry.path}\0`;
    if (entry.kind === "problem") {
      kinds[count] = FIRST_PROBLEM + PROBLEMS.indexOf(entry.code);
      messages.push(entry.message);
      fileIds += " ";
    } else {
      kinds[count] = entry.empty ? EMPTY_FOLDER : KINDS.indexOf(entry.kind);
      const at = count * NUMBERS;
      numbers[at] = entry.sizeBytes;
      numbers[at + 1] = entry.mtimeMs;
      numbers[at + 2] = entry.ctimeS;
      fileIds += `${entry.fileId} `;
    }
    count++;
  }
  return { paths, kinds: kinds.subarray(0, count), numbers, fileIds, messages, end };
}

export function unpackEntries(packed: PackedEntries): WalkEntry[] {
  const paths = packed.paths.split("\0");
  const fileIds = packed.fileIds.split(" ");
  const entries: WalkEntry[] = [];
  let problems = 0;
  packed.kinds.forEach((kind, i) => {
    const path = paths[i]!;
    if (kind >= FIRST_PROBLEM) {
      const code: WalkProblemCode = PROBLEMS[kind - FIRST_PROBLEM]!;
      entries.push({ kind: "problem", path, code, message: packed.messages[problems++]! });
      return;
    }
    const named: WalkedKind = kind === EMPTY_FOLDER ? "directory" : KINDS[kind]!;
    const entry = {
      kind: named,
      path,
      sizeBytes: packed.numbers[i * NUMBERS]!,
      mtimeMs: packed.numbers[i * NUMBERS + 1]!,
      ctimeS: packed.numbers[i * NUMBERS + 2]!,
      fileId: fileIds[i]!,
    };
    entries.push(named === "directory" ? { ...entry, empty: kind === EMPTY_FOLDER } : entry);
  });
  return entries;
}
