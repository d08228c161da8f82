/**
 * The keys of a token in front matter that is YAML. A file of its own, because the parser is as large
 * as the rest of the gate: it is loaded when there is something to name.
 */
import { isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import { keyPath } from "./key_path.ts";

/**
 * Front matter beyond these is nobody's: keys are then found line by line instead of by the YAML
 * parser, whose time and stack grow with nesting.
 */
const MAX_YAML_LENGTH = 16 * 1024;
const MAX_YAML_DEPTH = 32;
/** Opened brackets, at any depth: of many in one value the parser's time grows with the square. */
const MAX_YAML_BRACKETS = 500;

/**
 * The tree, or null where it does not hold every byte: `title: {% if x %}` is no YAML, although it
 * is just what a template leaves behind.
 */
export function yamlTree(yaml: string): unknown {
  if (yaml.length > MAX_YAML_LENGTH || isTangled(yaml)) return null;
  const document = parseDocument(yaml, { logLevel: "silent", uniqueKeys: false, strict: false });
  return document.errors.length > 0 ? null : document.contents;
}

/** Bounds from above how deep the parser would go: open brackets, and dashes in one line. */
function isTangled(yaml: string): boolean {
  let open = 0;
  let brackets = 0;
  for (const line of yaml.split("\n")) {
    const indent = /^[ \-?:\t]*/.exec(line)![0].length;
    for (const character of line) {
      if (character === "[" || character === "{") {
        open++;
        brackets++;
      } else if (character === "]" || character === "}") open = Math.max(0, open - 1);
      if (open + indent / 2 > MAX_YAML_DEPTH || brackets > MAX_YAML_BRACKETS) return true;
    }
  }
  return false;
}

/** The keys on the way to the value that holds `index`; null when it is in no value. */
export function keyByTree(root: unknown, index: number): string | null {
  if (!isWithin(root, index)) return null;
  const keys: string[] = [];
  let node: unknown = root;
  for (let depth = 0; depth <= MAX_YAML_DEPTH; depth++) {
    if (isScalar(node) || startsAt(node, index)) return keyPath(keys);
    const step = stepTowards(node, index);
    if (step === null) return null;
    keys.push(step.key);
    node = step.into;
  }
  return keyPath(keys);
}

interface Step {
  readonly key: string;
  readonly into: unknown;
}

function stepTowards(node: unknown, index: number): Step | null {
  if (isMap(node)) {
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = isScalar(pair.key) ? String(pair.key.value) : "?";
      if (isWithin(pair.key, index)) return { key, into: pair.key };
      if (isWithin(pair.value, index)) return { key, into: pair.value };
    }
  }
  if (isSeq(node)) {
    const at = node.items.findIndex((item) => isWithin(item, index));
    if (at >= 0) return { key: `[${at}]`, into: node.items[at] };
  }
  return null;
}

function rangeOf(node: unknown): readonly [number, number, number] | null {
  const range = (node as { range?: readonly [number, number, number] | null } | null)?.range;
  return range ?? null;
}

/** The second number of a range is where the value ends; comments come after it. */
function isWithin(node: unknown, index: number): boolean {
  const range = rangeOf(node);
  return range !== null && range[0] <= index && index < range[1];
}

/** `{{ name }}` is a map in a map to YAML: the token is the value, not something in it. */
function startsAt(node: unknown, index: number): boolean {
  return rangeOf(node)?.[0] === index;
}
