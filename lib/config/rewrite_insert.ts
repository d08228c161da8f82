/**
 * Puts a new key into YAML text as a person would: on a line of its own below the last of its
 * mapping, or at the end of a `{ … }`. (The library could write the whole document anew, but then
 * every aligned comment of the file moves.)
 */
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Pair,
  stringify,
  type YAMLMap,
} from "yaml";
import type { KeyPath } from "./problems.ts";

export interface Insertion {
  readonly doc: Document;
  readonly keyPath: KeyPath;
  readonly value: unknown;
}

/** The new text; null where the mapping is written in a way this does not know. */
export function insertKey(text: string, { doc, keyPath, value }: Insertion): string | null {
  let depth = keyPath.length - 1;
  while (depth > 0 && isNothing(doc.getIn(keyPath.slice(0, depth), true))) depth--;
  const parent = depth === 0 ? doc.contents : doc.getIn(keyPath.slice(0, depth), true);
  const entry = nested(keyPath.slice(depth), value);
  if (isNothing(parent)) {
    return `${text}${text && !text.endsWith("\n") ? "\n" : ""}${block(entry)}\n`;
  }
  if (!isMap(parent)) return null;
  const empty = parent.items.find((pair) => nameOf(pair) === keyPath[depth]);
  if (empty === undefined) {
    return parent.flow ? intoFlow(text, parent, entry) : belowLast(text, parent, entry);
  }
  // A section without content (`sync:`): its first key goes on the next line, further in.
  const inner = nested(keyPath.slice(depth + 1), value);
  const start = isScalar(empty.key) ? empty.key.range?.[0] : undefined;
  if (parent.flow || depth + 1 === keyPath.length || start === undefined) return null;
  return newLines(text, { after: start, indent: `${indentAt(text, start)}  `, entry: inner });
}

function nested(path: KeyPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [String(key)]: inner }), value);
}

function isNothing(node: unknown): boolean {
  return node === undefined || node === null || (isScalar(node) && node.value === null);
}

function nameOf(pair: Pair): string | null {
  return isScalar(pair.key) ? String(pair.key.value) : null;
}

/** `{ a: 1 }` gets `, b: 2` before its brace. */
function intoFlow(text: string, map: YAMLMap, entry: unknown): string | null {
  const written = stringify(entry, { lineWidth: 0, collectionStyle: "flow" }).trim().slice(2, -2);
  const last = map.items.at(-1);
  if (last) {
    const end = endOf(last);
    return end === null ? null : `${text.slice(0, end)}, ${written}${text.slice(end)}`;
  }
  if (!map.range) return null;
  const brace = map.range[1] - 1;
  return `${text.slice(0, brace).trimEnd()} ${written} ${text.slice(brace)}`;
}

function belowLast(text: string, map: YAMLMap, entry: unknown): string | null {
  const [first] = map.items;
  const start = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  const end = endOf(map.items.at(-1));
  if (start === undefined || end === null) return null;
  return newLines(text, { after: end, indent: indentAt(text, start), entry });
}

/** White space as wide as what stands before `offset` on its line (`  - ` counts as four). */
function indentAt(text: string, offset: number): string {
  return " ".repeat(offset - (text.lastIndexOf("\n", offset - 1) + 1));
}

/** Puts the entry on lines of its own below the line of the offset `after`. */
function newLines(
  text: string,
  { after, indent, entry }: {
    readonly after: number;
    readonly indent: string;
    readonly entry: unknown;
  },
): string {
  const lineEnd = text.indexOf("\n", after);
  const at = lineEnd < 0 ? text.length : text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = block(entry).split("\n").map((line) => `${newline}${indent}${line}`);
  return text.slice(0, at) + lines.join("") + text.slice(at);
}

function block(entry: unknown): string {
  return stringify(entry, { lineWidth: 0 }).trimEnd();
}

/** Where a pair's, item's or value's own text ends, before comments and blank lines. */
function endOf(node: unknown): number | null {
  if (isPair(node)) return endOf(node.value) ?? endOf(node.key);
  if (isCollection(node) && !node.flow) return endOf(node.items.at(-1));
  if (isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED")) {
    return null;
  }
  return (node as { range?: readonly number[] | null } | undefined)?.range?.[1] ?? null;
}
