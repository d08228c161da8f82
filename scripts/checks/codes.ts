/**
 * Holds docs/recovery.md to the program: each code that an error of lib/ can carry has a row there.
 * Codes are read from the text: first arguments of our errors' constructors, `problem` of the page,
 * and the tables and types that name codes for errors made elsewhere.
 */
import { join, relative } from "node:path";

/** Files whose `"some_code"` literals (or keys) are codes, all of them; with what to look at. */
const TABLES: Readonly<Record<string, RegExp>> = {
  "lib/base/errors.ts": /const EXIT_OF_CODE[^{]*\{([\s\S]*?)\n\};/,
  "lib/disk/disk_failure.ts": /export type DiskCode =([\s\S]*?);/,
  "lib/jobs/failure_class.ts": /(const TERMINAL = [\s\S]*?)export function/,
  "lib/transports/failure.ts": /(export const DESTINATION_FAILURES[\s\S]*?)export type/,
};

/** Up to the first comma: a literal, or a choice between some. */
const MADE = /\b(?:\w*Error|super|refused)\(\s*([^,()]*?),/g;
const SAID = /\bproblem\(\s*c,\s*\d+,\s*("[a-z_]+")/g;
const CODE = /"([a-z]+(?:_[a-z]+)*)"/g;

/** Code → the files it is made in. */
export async function codesOf(root: string): Promise<Map<string, string[]>> {
  const codes = new Map<string, Set<string>>();
  for await (const path of sources(join(root, "lib"))) {
    const file = relative(root, path).replaceAll("\\", "/");
    for (const code of codesIn(await Deno.readTextFile(path), TABLES[file])) {
      codes.set(code, (codes.get(code) ?? new Set()).add(file));
    }
  }
  return new Map([...codes].sort().map(([code, files]) => [code, [...files].sort()]));
}

/** The codes in one file's text. */
export function codesIn(text: string, table?: RegExp): Set<string> {
  const places = [...text.matchAll(MADE), ...text.matchAll(SAID)].map((match) => match[1]!);
  const block = table?.exec(text)?.[1];
  if (table && block === undefined) throw new TypeError(`the table ${table} is not there any more`);
  if (block !== undefined) {
    places.push(block.replaceAll(/^\s*([a-z_]+):.*$/gm, '"$1"'));
  }
  return new Set(places.flatMap((place) => [...place.matchAll(CODE)].map((match) => match[1]!)));
}

/** Codes that docs/recovery.md gives a row: they stand in a table's first column, as code. */
export function explained(recovery: string): Set<string> {
  const rows = recovery.split("\n").filter((line) => line.startsWith("|"));
  return new Set(
    rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`([a-z_]+)`/g)].map((match) => match[1]!)
    ),
  );
}

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

if (import.meta.main) {
  const known = explained(await Deno.readTextFile("docs/recovery.md"));
  const missing = [...await codesOf(Deno.cwd())].filter(([code]) => !known.has(code));
  for (const [code, files] of missing) console.error(`${code}: ${files.join(", ")}`);
  console.log(`${missing.length} codes without a row in docs/recovery.md`);
  Deno.exit(missing.length === 0 ? 0 : 1);
}
