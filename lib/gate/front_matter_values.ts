/** Leftovers in the YAML front matter of a Markdown text, each with the key of its value. */
import { isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import { frontMatterOf } from "./front_matter.ts";
import { type Hit, hitsOf, leftoversIn } from "./judgements.ts";
import type { Tier, TokenAt } from "./rules/rule.ts";

/** Keys listed for one file; somebody who has to fix this many opens the file anyway. */
const MAX_KEYS = 50;

/**
 * Front matter beyond these is nobody's: keys are then found line by line instead of by the YAML
 * parser, whose time and stack grow with nesting.
 */
const MAX_YAML_LENGTH = 16 * 1024;
const MAX_YAML_DEPTH = 32;
/** Opened brackets, at any depth: of many in one value the parser's time grows with the square. */
const MAX_YAML_BRACKETS = 500;

export function frontMatterHits(text: string, tier: Tier): Hit[] {
  const matter = frontMatterOf(text);
  const whole = hitsOf("frontMatter", ({ judge }) => judge(matter));
  if (matter.kind !== "closed") return whole;
  const { yaml } = matter;
  const found = leftoversIn(yaml, "markdown")
    .flatMap(({ rule, found }) => found.map((at) => ({ ...at, rule })))
    .sort((a, b) => a.index - b.index);
  if (found.length === 0) return whole;
  const keyOf = keyFinder(yaml);
  const hits = new Map<string, Hit>();
  for (const at of found) {
    const key = keyOf(at);
    if (key === COMMENT || hits.size === MAX_KEYS) continue;
    const id = `${at.rule} ${key}`;
    if (!hits.has(id)) {
      hits.set(id, { rule: at.rule, tier, token: at.token, detail: detailOf(key) });
    }
  }
  return [...whole, ...hits.values()];
}

function detailOf(key: string): string {
  return key === "" ? "in the front matter, under no key" : `value of ${key} in the front matter`;
}

/** Says that a token stands in a comment, where nobody reads it as a value. */
const COMMENT = Symbol("comment");
type KeyPath = string | typeof COMMENT;

function keyFinder(yaml: string): (at: TokenAt) => KeyPath {
  const root = yamlTree(yaml);
  if (root === null) return (at) => keyByLines(yaml, at.index);
  return (at) => keyByTree(root, at.index) ?? COMMENT;
}

/**
 * The tree, or null where it does not hold every byte: `title: {% if x %}` is no YAML, although it
 * is just what a template leaves behind.
 */
function yamlTree(yaml: string): unknown {
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
function keyByTree(root: unknown, index: number): string | null {
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

function keyPath(keys: readonly string[]): string {
  return keys.reduce(
    (path, key) => path === "" || key.startsWith("[") ? path + key : `${path}.${key}`,
    "",
  );
}

/** Lines looked at above a token; a value that begins further up is listed without its parents. */
const MAX_LINES_UP = 200;

/** The keys above a token by indentation, for text that is no YAML. */
function keyByLines(yaml: string, index: number): KeyPath {
  const lines = linesUpFrom(yaml, index);
  const [own] = lines;
  if (/^[ \t]*#/.test(own ?? "")) return COMMENT;
  const keys: string[] = [];
  let indent = Infinity;
  for (const line of lines) {
    const match = /^([ \t]*(?:- +)*)([^\s#:-][^:#]{0,200}?) *:(?=[ \t]|$)/.exec(line.trimEnd());
    if (match === null || match[1]!.length >= indent) continue;
    indent = match[1]!.length;
    keys.unshift(match[2]!.replace(/^(["'])(.*)\1$/, "$2"));
    if (indent === 0) break;
  }
  return keyPath(keys);
}

/** The token's own line up to the token and its end, then the lines above it, nearest first. */
function linesUpFrom(yaml: string, index: number): string[] {
  const lines: string[] = [];
  let end = yaml.indexOf("\n", index);
  if (end < 0) end = yaml.length;
  while (end >= 0 && lines.length < MAX_LINES_UP) {
    const start = end === 0 ? 0 : yaml.lastIndexOf("\n", end - 1) + 1;
    lines.push(yaml.slice(start, end).slice(0, 1000));
    end = start - 1;
  }
  return lines;
}
