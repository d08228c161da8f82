/**
 * YAML text as plain values, with the way back: where in the text a key path stands. Our own walk
 * instead of the library's `toJS`, because it is bounded, refuses what has no place in this file
 * (tags, merge keys, keys that are not text) and says where.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { TextPosition } from "../base/json.ts";
import { type Complaint, found, type KeyPath, showName } from "./problems.ts";

export interface YamlTree {
  /** null for a mapping and for a file without content; else what the file holds instead. */
  readonly notMapping: string | null;
  /** The top-level mapping's keys, in order; empty when there is no mapping. */
  readonly sections: readonly string[];
  /** Syntax errors; after one that is not a duplicate key the values mean nothing. */
  readonly syntax: readonly {
    readonly position: TextPosition;
    readonly what: string;
    /** Where it is one of several. */
    readonly file?: string;
  }[];
  readonly isBroken: boolean;
  /** The value of one top-level section; complaints are appended. Nulls in mappings are left out. */
  valueOf(section: string, complaints: Complaint[]): unknown;
  /** Where a key path stands; a path that is not there points at its nearest parent. */
  positionOf(path: KeyPath, atKey: boolean): TextPosition;
}

/** Values after aliases are written out; the largest real file has some thousands. */
const MAX_VALUES = 50_000;
const MAX_DEPTH = 32;

export interface ParseOptions {
  /** For a file that lies over another one: null takes away what that one says. @default false */
  readonly keepsNulls?: boolean;
}

export function parseYaml(text: string, { keepsNulls = false }: ParseOptions = {}): YamlTree {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positionAt = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const root = doc.contents;
  const budget = { left: MAX_VALUES };
  const isBroken = doc.errors.some((error) => error.code !== "DUPLICATE_KEY");
  const targets = isBroken ? new Map<Alias, Node>() : aliasTargets(doc);
  return {
    notMapping: notMapping(root),
    sections: isMap(root) ? root.items.map((pair) => keyOf(pair) ?? "") : [],
    syntax: syntaxFaults(doc.errors, { text, positionAt }),
    isBroken,
    valueOf(section, complaints) {
      if (!isMap(root)) return undefined;
      const pair = root.items.find((item) => keyOf(item) === section);
      return plain(pair?.value as Node | null, {
        targets,
        complaints,
        budget,
        path: [section],
        keepsNulls,
      });
    },
    positionOf: (path, atKey) =>
      positionAt(offsetOf(root as Node | null, { path, atKey, targets })),
  };
}

function notMapping(root: unknown): string | null {
  if (root === null || isMap(root) || (isScalar(root) && root.value === null)) return null;
  return isSeq(root) ? "a list" : isScalar(root) ? found(root.value) : "an alias";
}

/** One fault a line; of the tokens that no longer fit after a fault, none but the first. */
function syntaxFaults(
  errors: readonly YAMLError[],
  { text, positionAt }: {
    readonly text: string;
    readonly positionAt: (offset: number) => TextPosition;
  },
): { position: TextPosition; what: string }[] {
  const faults: { position: TextPosition; what: string }[] = [];
  for (const error of errors) {
    const position = positionAt(error.pos[0]);
    if (faults.some((earlier) => earlier.position.line === position.line)) continue;
    if (error.code === "UNEXPECTED_TOKEN" && faults.length > 0) continue;
    faults.push({ position, what: syntaxText(error, text) });
    if (faults.length === MAX_SYNTAX_FAULTS) break;
  }
  return faults;
}

/** Later ones only follow from the first; a person mends those and looks again. */
const MAX_SYNTAX_FAULTS = 10;

function syntaxText(error: YAMLError, text: string): string {
  switch (error.code) {
    case "DUPLICATE_KEY":
      return `${keyAt(text, error.pos[0])} stands twice in the same mapping`;
    case "TAB_AS_INDENT":
      return "a tab where YAML wants spaces";
    case "MULTIPLE_DOCS":
      return "a second document begins here; one file holds one configuration";
    case "BAD_DQ_ESCAPE":
      return "a backslash between double quotes stands for something else: write paths of Windows as " +
        "D:/lab, or between single quotes";
    default:
      return error.message.startsWith("Maximum call stack") ||
          error.message.includes("Stack overflow")
        ? "nested too deeply"
        : `not valid YAML: ${showName(error.message)}`;
  }
}

/** The key that begins there, as it is written. */
function keyAt(text: string, offset: number): string {
  const key = /^[^:\n]*/.exec(text.slice(offset, offset + 200))?.[0].trim() ?? "";
  return key === "" ? "a key" : showName(key);
}

/** What each alias stands for. In one pass: the library's `resolve` searches the text each time. */
function aliasTargets(doc: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(doc, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

interface Walk {
  readonly targets: ReadonlyMap<Alias, Node>;
  readonly complaints: Complaint[];
  /** Shared by the whole file, so that many small bombs are one big one. */
  readonly budget: { left: number };
  readonly path: KeyPath;
  readonly keepsNulls: boolean;
}

/** The plain value of a node; `undefined` where a complaint took its place. */
function plain(node: Node | null | undefined, walk: Walk): unknown {
  const complain = (what: string, hint?: string) => {
    walk.complaints.push({ keyPath: walk.path, what, ...(hint ? { hint } : {}) });
    return undefined;
  };
  if (walk.path.length > MAX_DEPTH) return complain("nested too deeply");
  if (walk.budget.left-- <= 0) {
    // Said once: everything after it would only repeat it.
    return walk.budget.left === -1
      ? complain("holds too many values once its aliases are written out")
      : undefined;
  }
  if (isAlias(node)) {
    const target = walk.targets.get(node);
    return target === undefined
      ? complain(`*${showName(node.source)} names an anchor that is not there`)
      : plain(target, walk);
  }
  const tag = node?.tag;
  if (tag !== undefined && !CORE_TAG.test(tag)) {
    return complain(`the tag ${showName(tag)} has no meaning here`, "write the plain value");
  }
  if (isMap(node)) return plainMap(node.items, walk);
  if (isSeq(node)) {
    return node.items.map((item, i) => plain(item as Node, { ...walk, path: [...walk.path, i] }));
  }
  return isScalar(node) ? node.value : null;
}

const CORE_TAG = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

function plainMap(items: readonly Pair[], walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const pair of items) {
    const key = keyOf(pair);
    const keyPath = [...walk.path, key ?? "?"];
    if (key === null) {
      walk.complaints.push({ keyPath: walk.path, what: "a key that is not plain text" });
    } else if (key === "<<") {
      walk.complaints.push({
        keyPath,
        what: "merge keys are not understood",
        hint: "write the keys out",
        atKey: true,
      });
    } else {
      const value = plain(pair.value as Node | null, { ...walk, path: keyPath });
      // ExLab-Wizard writes `null` for what is not set.
      if (value !== undefined && (value !== null || walk.keepsNulls)) result[key] = value;
    }
  }
  return result;
}

/** A pair's key as text; null when it is no scalar. */
function keyOf(pair: Pair): string | null {
  const { key } = pair;
  return isScalar(key) ? String(key.value) : typeof key === "string" ? key : null;
}

/** The offset in the text at which the value (or key) of a path begins. */
function offsetOf(
  root: Node | null,
  at: {
    readonly path: KeyPath;
    readonly atKey: boolean;
    readonly targets: ReadonlyMap<Alias, Node>;
  },
): number {
  let node: Node | null | undefined = root;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of at.path.entries()) {
    if (isAlias(node)) node = at.targets.get(node);
    if (!isCollection(node)) break;
    const isLast = depth === at.path.length - 1;
    if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined;
      if (!node) break;
    } else {
      const pair = (node.items as Pair[]).find((item) => keyOf(item) === String(step));
      if (!pair) break;
      const valueAt = startOf(pair.value as Node | null);
      const keyAt = startOf(pair.key as Node | null);
      // An empty value has no place of its own worth showing, and a block mapping that misses a
      // key is best found by its own key.
      const wantsKey = (isLast && at.atKey) || isCollection(pair.value) ||
        (isScalar(pair.value) ? pair.value.value === null : !isAlias(pair.value));
      offset = (wantsKey ? keyAt : valueAt) ?? valueAt ?? offset;
      node = pair.value as Node | null;
      continue;
    }
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function startOf(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}
