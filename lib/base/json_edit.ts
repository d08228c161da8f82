/**
 * The smallest edit of a JSON text: every byte that a change does not concern stays, with its key
 * order, number text, escapes and white space. What is added follows the layout around it.
 */
import { applyEdits, type Edit, findNodeAtLocation, type Node } from "jsonc-parser";
import { LabferryError } from "./errors.ts";
import { type JsonDocument, type JsonPath, parseJson } from "./json.ts";

/**
 * `set` replaces the value at `path`, or adds it as the last member of an object that is there;
 * `append` adds to the end of the list at `path`.
 */
export type JsonChange =
  | { readonly kind: "set"; readonly path: JsonPath; readonly value: unknown }
  | { readonly kind: "append"; readonly path: JsonPath; readonly value: unknown };

export interface EditOptions {
  /** The file the text is from, for errors. */
  readonly path?: string;
}

/**
 * Applies the changes in order and returns the new text.
 *
 * @throws {LabferryError} `duplicate_key` when an object holds a key twice: the edit would change
 *   the first, while every reader takes the last
 */
export function editJson(
  document: JsonDocument,
  changes: readonly JsonChange[],
  options: EditOptions = {},
): string {
  const duplicate = document.duplicateKey();
  if (duplicate) {
    const { key, position } = duplicate;
    const what = `${options.path ?? "the text"} was not changed`;
    throw new LabferryError("duplicate_key", what, {
      why: `line ${position.line}, column ${position.column}: ` +
        `the key ${JSON.stringify(key)} is in one object twice`,
      hint: "Remove one of the two by hand; labferry cannot know which one is meant.",
      ...(options.path === undefined ? {} : { path: options.path }),
    });
  }
  let current = document;
  let pending: { path: JsonPath; edit: Edit }[] = [];
  const applied = () => applyEdits(current.text, pending.map(({ edit }) => edit));
  const catchUp = () => {
    current = parseJson(applied());
    pending = [];
  };
  for (const change of changes) {
    // One parse serves many edits, as long as none depends on what another has written.
    if (pending.some(({ path }) => leadsTo(path, change.path))) catchUp();
    let edit = editFor(current, change);
    if (pending.some((other) => meet(other.edit, edit))) {
      catchUp();
      edit = editFor(current, change);
    }
    if (edit) pending.push({ path: change.path, edit });
  }
  return applied();
}

/** True when one of the paths is the beginning of the other. */
function leadsTo(a: JsonPath, b: JsonPath): boolean {
  return a.slice(0, b.length).every((segment, i) => segment === b[i]);
}

/** Two additions to one container: the second comes after the first, not beside it. */
function meet(a: Edit, b: Edit | null): boolean {
  return b !== null && a.length === 0 && b.length === 0 && a.offset === b.offset;
}

function editFor(document: JsonDocument, change: JsonChange): Edit | null {
  const { path, value } = change;
  if (change.kind === "append") {
    const list = containerAt(document, path, "array");
    return insertion(document, list, (layout) => render(value, layout));
  }
  const node = findNodeAtLocation(document.tree, [...path]);
  if (node) return replacement(document, node, value);
  const parent = containerAt(document, path.slice(0, -1), "object");
  const key = JSON.stringify(path.at(-1));
  return insertion(document, parent, (layout) => `${key}${layout.colon}${render(value, layout)}`);
}

function containerAt(document: JsonDocument, path: JsonPath, type: "array" | "object"): Node {
  const node = findNodeAtLocation(document.tree, [...path]);
  if (node?.type === type) return node;
  throw new LabferryError(
    "malformed_json",
    `${path.join(".") || "the text"} is not a JSON ${type}`,
  );
}

function replacement(document: JsonDocument, node: Node, value: unknown): Edit | null {
  const old = document.text.slice(node.offset, node.offset + node.length);
  const content = render(value, layoutOf(document, containerOf(node) ?? node));
  return old === content ? null : { offset: node.offset, length: node.length, content };
}

/** Adds a child behind the last one, or between the brackets of an empty container. */
function insertion(
  document: JsonDocument,
  container: Node,
  content: (layout: Layout) => string,
): Edit {
  const layout = layoutOf(document, container);
  const newline = layout.lines ? layout.lines.eol + layout.lines.indent : "";
  const last = container.children?.at(-1);
  if (last) {
    const offset = last.offset + last.length;
    return { offset, length: 0, content: `,${newline || layout.gap}${content(layout)}` };
  }
  const inside = document.text.slice(container.offset + 1, container.offset + container.length - 1);
  const closing = layout.lines && !inside.includes("\n")
    ? layout.lines.eol + indentAt(document.text, container.offset)
    : "";
  return {
    offset: container.offset + 1,
    length: 0,
    content: newline + content(layout) + closing,
  };
}

/** How a container lays out its children: each on a line, or all on one. */
interface Layout {
  readonly lines: { readonly eol: string; readonly indent: string; readonly unit: string } | null;
  /** Between a name and its value. */
  readonly colon: string;
  /** After a comma, where children share a line. */
  readonly gap: string;
}

function layoutOf({ text, tree }: JsonDocument, container: Node): Layout {
  const first = tree.children?.[0];
  const spaced = first?.children?.[1] !== undefined &&
    /\s/.test(text.slice(first.colonOffset! + 1, first.children[1].offset));
  const colon = spaced ? ": " : ":";
  const gap = spaced ? " " : "";
  if (!onLines(text, container)) return { lines: null, colon, gap };
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = first && onLines(text, tree) ? indentAt(text, first.offset) || "  " : "  ";
  const child = container.children?.[0];
  const indent = child ? indentAt(text, child.offset) : indentAt(text, container.offset) + unit;
  return { lines: { eol, indent, unit }, colon, gap };
}

/** An empty container follows its parent's habit. */
function onLines(text: string, container: Node): boolean {
  const child = container.children?.[0];
  if (child) return text.slice(container.offset, child.offset).includes("\n");
  const parent = containerOf(container);
  return parent ? onLines(text, parent) : false;
}

function containerOf(node: Node): Node | undefined {
  return node.parent?.type === "property" ? node.parent.parent : node.parent;
}

/** The white space at the start of the line that holds `offset`. */
function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))![0];
}

function render(value: unknown, layout: Layout): string {
  if (layout.lines) {
    const { eol, indent, unit } = layout.lines;
    return JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
  }
  return renderOnOneLine(value, layout);
}

function renderOnOneLine(value: unknown, layout: Layout): string {
  const comma = `,${layout.gap}`;
  if (Array.isArray(value)) {
    return `[${value.map((item) => renderOnOneLine(item, layout)).join(comma)}]`;
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined).map(
    ([key, member]) => `${JSON.stringify(key)}${layout.colon}${renderOnOneLine(member, layout)}`,
  );
  return `{${members.join(comma)}}`;
}
