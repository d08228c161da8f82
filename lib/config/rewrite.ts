/**
 * Changes one value of the file while comments, order and every other byte survive. A value that is
 * there is replaced in the text itself and a new key gets a line of its own; only where the text is
 * written too unusually for that is it written anew, which keeps comments and order too.
 */
import { isDeepStrictEqual } from "node:util";
import {
  Document,
  isAlias,
  isCollection,
  isScalar,
  type Node,
  parseDocument,
  stringify,
} from "yaml";
import { encodeUtf8, LabferryError } from "../base/mod.ts";
import { lockFile, writeFileAtomic } from "../disk/mod.ts";
import { checkConfigText } from "./check.ts";
import { osName } from "./paths.ts";
import { ConfigError, type KeyPath, keyText } from "./problems.ts";
import { insertKey } from "./rewrite_insert.ts";
import { readConfigText } from "./source.ts";

export interface ConfigChange {
  readonly keyPath: KeyPath;
  readonly value: ScalarValue;
}

export type ScalarValue = string | number | boolean | null;

/**
 * The text with `value` at `keyPath`.
 *
 * @throws {LabferryError} `config_invalid` when the text is no valid YAML or the path leads through
 * an alias, whose change would change another place as well.
 */
export function setConfigValue(
  text: string,
  { keyPath, value }: ConfigChange,
): string {
  const doc = parseDocument(text, { prettyErrors: false });
  if (doc.errors[0]) throw refusal(keyPath, "the file is not valid YAML");
  refuseAliases(doc.contents as Node | null, keyPath);
  const before = doc.toJS({ maxAliasCount: 100 }) as unknown;
  const node = doc.getIn(keyPath, true);
  if (isScalar(node) && node.anchor) throw refusal(keyPath, "an alias elsewhere repeats its value");
  if (isCollection(node)) throw refusal(keyPath, "it holds a list or a mapping, not one value");
  const edited = isScalar(node) && node.value !== null
    ? splice(text, node, value)
    : insertKey(text, { doc, keyPath, value });
  const change = { keyPath, value, before };
  if (edited !== null && changesOnly(edited, change)) return edited;
  openNothing(doc, keyPath);
  doc.setIn(keyPath, value);
  const whole = doc.toString({ lineWidth: 0 });
  if (changesOnly(whole, change)) return whole;
  throw refusal(keyPath, "the change would not stay in its place");
}

/** Replaces the scalar's own characters; null where it is written in a form that spans lines. */
function splice(
  text: string,
  node: { readonly range?: readonly number[] | null; readonly type?: string },
  value: ScalarValue,
): string | null {
  const [start, end] = node.range ?? [];
  if (start === undefined || end === undefined || start === end) return null;
  if (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED") return null;
  // Quotes stay as the person has them; a plain text that needs them inside a flow gets them too.
  const quoted = typeof value === "string" &&
    (node.type?.startsWith("QUOTE") || /[,[\]{}]/.test(value));
  const written = quoted ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trimEnd();
  return written.includes("\n") ? null : text.slice(0, start) + written + text.slice(end);
}

/** True when `text` means what it meant, but for the one value. */
function changesOnly(text: string, change: ConfigChange & { readonly before: unknown }): boolean {
  const doc = parseDocument(text, { prettyErrors: false });
  if (doc.errors.length > 0) return false;
  const expected = new Document(change.before ?? {}, { aliasDuplicateObjects: false });
  openNothing(expected, change.keyPath);
  expected.setIn(change.keyPath, change.value);
  return isDeepStrictEqual(doc.toJS({ maxAliasCount: 100 }), expected.toJS());
}

/** A section without content (`sync:`) becomes an empty mapping, which can take a key. */
function openNothing(doc: Document, keyPath: KeyPath): void {
  for (let depth = 1; depth < keyPath.length; depth++) {
    const path = keyPath.slice(0, depth);
    if (doc.hasIn(path) && doc.getIn(path) === null) doc.setIn(path, doc.createNode({}));
  }
}

function refuseAliases(root: Node | null, keyPath: KeyPath): void {
  let node: unknown = root;
  for (const key of keyPath) {
    if (isAlias(node)) throw refusal(keyPath, "it is an alias of another place");
    node = isCollection(node) ? node.get(key, true) : undefined;
  }
  if (isAlias(node)) throw refusal(keyPath, "it is an alias of another place");
}

function refusal(keyPath: KeyPath, why: string): LabferryError {
  return new LabferryError("config_invalid", `${keyText(keyPath)} cannot be changed here`, {
    why,
    hint: "change it in an editor",
  });
}

/**
 * Changes one value of the file at `path`, under its lock, atomically, and only when the result is a
 * configuration without problems. A link is followed; the file it names is rewritten.
 */
export async function rewriteConfig(
  path: string,
  change: ConfigChange,
): Promise<void> {
  const file = await Deno.realPath(path);
  using _lock = await lockFile(`${file}.lock`, { mode: "exclusive" });
  const text = setConfigValue(await readConfigText(file), change);
  const verdict = checkConfigText(text, { file, os: osName(), env: Deno.env.toObject() });
  const { config, problems, problemCount } = verdict;
  if (config === null) throw new ConfigError(file, { problems, total: problemCount });
  await writeFileAtomic(file, encodeUtf8(text));
}
