/**
 * JSON read strictly (RFC 8259: no comments, no trailing commas, no byte order mark), with limits,
 * and with the place of whatever is wrong. The text is kept beside the value, because a record that
 * somebody else wrote is changed by editing its text (`json_edit.ts`), never by writing it anew.
 */
import {
  findNodeAtLocation,
  type Node,
  type ParseErrorCode,
  parseTree,
  printParseErrorCode,
  visit,
} from "jsonc-parser";
import { decodeUtf8, formatBytes } from "./bytes.ts";
import { LabferryError } from "./errors.ts";

/** A place in a text as editors count it, from 1; columns are UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export type JsonPath = readonly (string | number)[];

export interface JsonLimits {
  /** Largest text in bytes. @default 16 MiB: a thousand times the largest record seen */
  readonly maxBytes?: number;
  /** Deepest nesting of lists and objects. @default 100 */
  readonly maxDepth?: number;
}

export const MAX_JSON_BYTES = 16 * 1024 * 1024;
export const MAX_JSON_DEPTH = 100;

/** The text is not the JSON it should be; `reason` and `place` say where it goes wrong. */
export class MalformedJson extends LabferryError {
  readonly reason: string;
  readonly position: TextPosition | null;

  constructor(reason: string, position: TextPosition | null) {
    super("malformed_json", "not valid JSON", {
      why: position ? `line ${position.line}, column ${position.column}: ${reason}` : reason,
    });
    this.reason = reason;
    this.position = position;
  }
}

/**
 * Parses `source` strictly. Of duplicate keys the last wins, as in every JSON parser; ask
 * `duplicateKey` before editing.
 *
 * @throws {MalformedJson} too large, not UTF-8, empty, BOM, too deep, or not JSON
 */
export function parseJson(source: Uint8Array | string, limits: JsonLimits = {}): JsonDocument {
  const { maxBytes = MAX_JSON_BYTES, maxDepth = MAX_JSON_DEPTH } = limits;
  if (source.length > maxBytes) throw tooLarge(source.length, maxBytes);
  const text = typeof source === "string" ? source : decodeStrictly(source);
  if (text.trim() === "") throw new MalformedJson("it is empty", { line: 1, column: 1 });
  if (text.startsWith("\ufeff")) {
    throw new MalformedJson("it begins with a byte order mark", { line: 1, column: 1 });
  }
  scanStructure(text, maxDepth);
  try {
    return new JsonDocument(text, JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw syntaxError(text, error);
  }
}

/** The error for a text that was not even read because it is larger than `maxBytes`. */
export function tooLarge(sizeBytes: number, maxBytes: number): MalformedJson {
  return new MalformedJson(
    `it is ${formatBytes(sizeBytes)} long, the limit is ${formatBytes(maxBytes)}`,
    null,
  );
}

/** A parsed text together with its value; answers where in the text something is. */
export class JsonDocument {
  readonly text: string;
  readonly value: unknown;
  #tree: Node | undefined;

  constructor(text: string, value: unknown) {
    this.text = text;
    this.value = value;
  }

  /** The syntax tree (offsets into `text`), made when first asked for. */
  get tree(): Node {
    this.#tree ??= parseTree(this.text, [], { disallowComments: true });
    if (!this.#tree) throw new MalformedJson("it holds no value", null);
    return this.#tree;
  }

  /** Where the value at `path` begins, or its nearest parent that is there. */
  positionOf(path: JsonPath): TextPosition {
    for (let length = path.length; length >= 0; length--) {
      const node = findNodeAtLocation(this.tree, path.slice(0, length));
      if (node) return positionAt(this.text, node.offset);
    }
    return { line: 1, column: 1 };
  }

  /** The first key that occurs twice in one object (compared unescaped), or null. */
  duplicateKey(): { readonly key: string; readonly position: TextPosition } | null {
    const found = duplicateIn(this.tree);
    return found && { key: found.value, position: positionAt(this.text, found.offset) };
  }
}

/** The second occurrence of a key, in the order of the text. Depth was bounded when parsing. */
function duplicateIn(node: Node): Node | null {
  const seen = new Set<string>();
  for (const child of node.children ?? []) {
    const key = child.type === "property" ? child.children?.[0] : undefined;
    if (key && seen.has(key.value)) return key;
    if (key) seen.add(key.value);
    const within = child.children ? duplicateIn(child) : null;
    if (within) return within;
  }
  return null;
}

export function positionAt(text: string, offset: number): TextPosition {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const good = validUtf8Prefix(bytes);
    const text = new TextDecoder().decode(bytes.subarray(0, good), { stream: true });
    throw new MalformedJson("it is not UTF-8", positionAt(text, text.length));
  }
}

/** Length of the longest prefix that is UTF-8, by bisection: the decoder does not tell. */
function validUtf8Prefix(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      // A stream may end within a character, so only a real fault makes this throw.
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      bad = middle;
    }
  }
  return good;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Finds what recursive parsers stumble over, without recursion: nesting that is too deep, and
 * characters that lenient scanners take for white space.
 */
function scanStructure(text: string, maxDepth: number): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) {
      inString = true;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > maxDepth) {
        throw new MalformedJson(`nested deeper than ${maxDepth} levels`, positionAt(text, i));
      }
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--;
    } else if (unit > 0x7e || (unit < 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09)) {
      const name = `U+${text.codePointAt(i)!.toString(16).toUpperCase().padStart(4, "0")}`;
      throw new MalformedJson(`unexpected character ${name}`, positionAt(text, i));
    }
  }
}

/** By the names `printParseErrorCode` gives. */
const REASONS: Readonly<Record<string, string>> = {
  InvalidSymbol: "unexpected word",
  InvalidNumberFormat: "not a JSON number",
  PropertyNameExpected: "expected a name in double quotes",
  ValueExpected: "expected a value",
  ColonExpected: "expected a colon",
  CommaExpected: "expected a comma",
  CloseBraceExpected: "expected a comma or '}'",
  CloseBracketExpected: "expected a comma or ']'",
  EndOfFileExpected: "something follows the end of the value",
  InvalidCommentToken: "comments are not allowed",
  UnexpectedEndOfComment: "comments are not allowed",
  UnexpectedEndOfString: "a text is not closed",
  UnexpectedEndOfNumber: "a number is not complete",
  InvalidUnicode: "not a valid \\u escape",
  InvalidEscapeCharacter: "not a valid escape",
  InvalidCharacter: "control character within a text",
};

/** Asks the tolerant parser where the first fault is; V8 often does not say. */
function syntaxError(text: string, cause: SyntaxError): MalformedJson {
  let first: { code: ParseErrorCode; offset: number; end: number } | null = null;
  visit(text, {
    onError: (code, offset, length) => void (first ??= { code, offset, end: offset + length }),
  }, { disallowComments: true });
  const fault = first as { code: ParseErrorCode; offset: number; end: number } | null;
  if (!fault) return new MalformedJson(cause.message, null);
  const name = printParseErrorCode(fault.code);
  const reason = REASONS[name] ?? cause.message;
  const textEnd = text.trimEnd().length;
  const isCutOff = fault.offset >= textEnd ||
    (name === "UnexpectedEndOfString" && fault.end >= textEnd);
  return new MalformedJson(
    isCutOff ? `it ends too early (${reason})` : reason,
    positionAt(text, fault.offset),
  );
}
