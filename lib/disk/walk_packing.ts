/** Entries of a walk as columns, for the way between threads, and back. */
import type { PackedEntries, PackedMessage } from "./messages.ts";
import {
  examine,
  type WalkedEntry,
  type WalkedKind,
  type WalkEntry,
  type WalkProblemCode,
} from "./walk_entry.ts";
import type { TreeWalk, Unexamined } from "./walk_tree.ts";

const KINDS = ["file", "directory", "symlink", "other"] as const;
const EMPTY_FOLDER = 4;
const UNEXAMINED = 5;
/** Files with other names, with holes, with both. */
const LINKED_FILE = 6;
const SPARSE_FILE = 7;
const LINKED_SPARSE_FILE = 8;
const PROBLEMS = ["invalid_utf8_name", "unreadable", "vanished", "too_deep"] as const;
const FIRST_PROBLEM = 16;
const NUMBERS = 3;
/** So many are examined at once: another thread would take as long to hear of them. */
const FEW = 64;

/** Columns that can still be written. */
interface Columns {
  readonly kinds: Uint8Array;
  readonly numbers: Float64Array;
  readonly fileIds: string[];
  readonly messages: PackedMessage[];
}

/** Takes up to `most` entries from a walk; with `defer` only what is done at once is examined. */
export async function packEntries(
  walk: TreeWalk,
  { most, defer }: { most: number; defer: boolean },
): Promise<PackedEntries> {
  const columns: Columns = {
    kinds: new Uint8Array(most),
    numbers: new Float64Array(most * NUMBERS),
    fileIds: [],
    messages: [],
  };
  let paths = "";
  let count = 0;
  let unexamined = 0;
  let entry = await walk.next(defer);
  while (entry !== null) {
    paths += `${entry.path}\0`;
    setColumns(columns, count++, entry);
    if (entry.kind === "unexamined") unexamined++;
    if (count === most) break;
    const next = walk.next(defer);
    entry = next instanceof Promise ? await next : next;
  }
  const packed = {
    ...columns,
    kinds: columns.kinds.subarray(0, count),
    fileIds: columns.fileIds.join(" "),
    paths,
    unexamined,
    end: entry === null,
  };
  return unexamined > 0 && unexamined <= FEW ? examinePacked(walk.root, packed) : packed;
}

/** Examines what was left out. */
export function examinePacked(root: string, packed: PackedEntries): PackedEntries {
  const { kinds, numbers } = packed;
  const columns: Columns = {
    kinds,
    numbers,
    fileIds: packed.fileIds.split(" "),
    messages: [...packed.messages],
  };
  const paths = packed.paths.split("\0");
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === UNEXAMINED) setColumns(columns, i, examine(root, paths[i]!));
  }
  const fileIds = columns.fileIds.join(" ");
  return { ...packed, fileIds, messages: columns.messages, unexamined: 0 };
}

function setColumns(columns: Columns, i: number, entry: WalkEntry | Unexamined): void {
  const { kinds, numbers, fileIds, messages } = columns;
  fileIds[i] = "";
  if (entry.kind === "unexamined") {
    kinds[i] = UNEXAMINED;
  } else if (entry.kind === "problem") {
    kinds[i] = FIRST_PROBLEM + PROBLEMS.indexOf(entry.code);
    messages.push([i, entry.message, entry.failure]);
  } else {
    kinds[i] = packedKind(entry);
    const at = i * NUMBERS;
    numbers[at] = entry.sizeBytes;
    numbers[at + 1] = entry.mtimeMs;
    numbers[at + 2] = entry.ctimeS;
    fileIds[i] = entry.fileId;
  }
}

function packedKind({ kind, empty, isLinked, isSparse }: WalkedEntry): number {
  if (empty) return EMPTY_FOLDER;
  if (isLinked) return isSparse ? LINKED_SPARSE_FILE : LINKED_FILE;
  return isSparse ? SPARSE_FILE : KINDS.indexOf(kind);
}

function unpackedKind(packed: number): WalkedKind {
  if (packed === EMPTY_FOLDER) return "directory";
  return packed >= LINKED_FILE ? "file" : KINDS[packed]!;
}

export function unpackEntries(packed: PackedEntries): WalkEntry[] {
  const { kinds, numbers } = packed;
  const paths = packed.paths.split("\0");
  const messages = new Map(packed.messages.map(([i, ...what]) => [i, what]));
  const fileIds = packed.fileIds.split(" ");
  const entries: WalkEntry[] = [];
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i]!;
    const path = paths[i]!;
    if (kind >= FIRST_PROBLEM) {
      const code: WalkProblemCode = PROBLEMS[kind - FIRST_PROBLEM]!;
      const [message, failure] = messages.get(i)!;
      entries.push({ kind: "problem", path, code, message, failure });
      continue;
    }
    const named = unpackedKind(kind);
    const at = i * NUMBERS;
    const entry = {
      kind: named,
      path,
      sizeBytes: numbers[at]!,
      mtimeMs: numbers[at + 1]!,
      ctimeS: numbers[at + 2]!,
      fileId: fileIds[i]!,
    };
    entries.push({
      ...entry,
      ...(named === "directory" ? { empty: kind === EMPTY_FOLDER } : {}),
      ...(kind === LINKED_FILE || kind === LINKED_SPARSE_FILE ? { isLinked: true } : {}),
      ...(kind === SPARSE_FILE || kind === LINKED_SPARSE_FILE ? { isSparse: true } : {}),
    });
  }
  return entries;
}
