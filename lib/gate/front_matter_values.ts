/** Leftovers in the YAML front matter of a Markdown text, each with the key of its value. */
import { frontMatterOf } from "./front_matter.ts";
import { type Hit, hitsOf, leftoversIn } from "./judgements.ts";
import { keyPath } from "./key_path.ts";
import type { Tier, TokenAt } from "./rules/rule.ts";

/** Keys listed for one file; somebody who has to fix this many opens the file anyway. */
const MAX_KEYS = 50;

/** Waits only where something was found: then the YAML parser is loaded, to name its key. */
export async function frontMatterHits(text: string, tier: Tier): Promise<Hit[]> {
  const matter = frontMatterOf(text);
  const whole = hitsOf("frontMatter", ({ judge }) => judge(matter));
  if (matter.kind !== "closed") return whole;
  const { yaml } = matter;
  const found = leftoversIn(yaml, "markdown")
    .flatMap(({ rule, found }) => found.map((at) => ({ ...at, rule })))
    .sort((a, b) => a.index - b.index);
  if (found.length === 0) return whole;
  const keyOf = await keyFinder(yaml);
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

async function keyFinder(yaml: string): Promise<(at: TokenAt) => KeyPath> {
  const { keyByTree, yamlTree } = await import("./front_matter_tree.ts");
  const root = yamlTree(yaml);
  if (root === null) return (at) => keyByLines(yaml, at.index);
  return (at) => keyByTree(root, at.index) ?? COMMENT;
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
