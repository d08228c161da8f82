/**
 * Counts the functions of lib/ that take more than two positional arguments: at a call site nobody
 * sees which is which. What comes third belongs into an options object. There is a ceiling, which is
 * only ever lowered; the aim is `AIM_SHARE`.
 */
import { join, relative } from "node:path";
import ts from "typescript";

/** So many are left. Lower it when you have mended some; it is never raised. */
export const CEILING = 120;
/** A callback's shape is often somebody else's, so it will not be none. */
export const AIM_SHARE = 0.05;
const MOST_POSITIONAL = 2;

export interface PositionalCount {
  /** Everything with a body that can be called: functions, methods, accessors, constructors, arrows. */
  readonly functions: number;
  readonly over: readonly FunctionPlace[];
}

export interface FunctionPlace {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly parameters: number;
}

/** All functions of `lib/`, and those with more than two positional parameters. */
export async function positionalCount(root: string): Promise<PositionalCount> {
  let functions = 0;
  const over: FunctionPlace[] = [];
  for await (const path of sources(join(root, "lib"))) {
    const file = relative(root, path).replaceAll("\\", "/");
    const found = positionalIn(await Deno.readTextFile(path), file);
    functions += found.functions;
    over.push(...found.over);
  }
  over.sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line);
  return { functions, over };
}

/** The functions in one file's text. */
export function positionalIn(text: string, file: string): PositionalCount {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  let functions = 0;
  const over: FunctionPlace[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      functions++;
      const parameters = node.parameters.filter(({ name }) => name.getText() !== "this").length;
      if (parameters > MOST_POSITIONAL) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        over.push({ file, line, name: nameOf(node), parameters });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { functions, over };
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return `${node.parent.name?.text ?? "class"} constructor`;
  if (node.name) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent)
    ? parent.name.getText()
    : "a callback";
}

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

if (import.meta.main) {
  const { functions, over } = await positionalCount(Deno.cwd());
  for (const { file, line, name, parameters } of over) {
    console.log(`${file}:${line}: ${name} takes ${parameters}`);
  }
  const share = (100 * over.length / functions).toFixed(2);
  console.log(`${over.length} of ${functions} functions (${share} %), at most ${CEILING} allowed`);
  Deno.exit(over.length <= CEILING ? 0 : 1);
}
