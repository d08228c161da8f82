/**
 * The tables below "Each code" in docs/recovery.md are the table of `lib/base/codes.ts`. This names
 * every difference, both ways, and every code that nothing in lib/ says any more; with `--write` it
 * writes the tables anew.
 */
import { join, relative } from "node:path";
import { type CodeFacts, CODES, CODES_BY_SUBJECT } from "../../lib/base/mod.ts";

const RECOVERY = "docs/recovery.md";

type Subject = keyof typeof CODES_BY_SUBJECT;
type Words = Pick<CodeFacts, "means" | "advice">;

/** The headings of the tables, in their order. */
const HEADINGS: Readonly<Record<Subject, string>> = {
  destination: "### The destination: its runs wait, no attempt is charged",
  run: "### The run: it needs attention",
  records: "### Records beside the data",
  computer: "### This computer",
  asked: "### What was asked",
};

const HEAD = ["code", "what happened, and why", "what to do"];

/** One sentence for each code that the document and the table do not say alike. */
export function recoveryFaults(
  recovery: string,
  codes: Readonly<Record<string, Words>> = CODES,
): string[] {
  const rows = rowsOf(recovery);
  const missing = Object.entries(codes).flatMap(([code, { means, advice }]) => {
    const row = rows.get(code);
    if (row === undefined) return [`${code} has no row in ${RECOVERY}`];
    return row.means === means && row.advice === advice
      ? []
      : [`${code} is explained in other words in ${RECOVERY}`];
  });
  const foreign = [...rows.keys()].filter((code) => !Object.hasOwn(codes, code));
  return [...missing, ...foreign.map((code) => `${code} in ${RECOVERY} is no code`)];
}

/** What the document says of each code. */
export function rowsOf(recovery: string): Map<string, Words> {
  const rows = new Map<string, Words>();
  for (const line of afterEachCode(recovery).split("\n")) {
    const [, codes = "", means = "", advice = ""] = line.split("|").map((cell) => cell.trim());
    if (!line.startsWith("|") || !codes.startsWith("`")) continue;
    for (const [, code] of codes.matchAll(/`([^`]+)`/g)) rows.set(code!, { means, advice });
  }
  return rows;
}

/** Codes that no file of `lib/` but the table itself says. */
export async function unsaidCodes(root: string): Promise<string[]> {
  const unsaid = new Set<string>(Object.keys(CODES));
  for await (const path of sources(join(root, "lib"))) {
    if (relative(root, path).replaceAll("\\", "/").startsWith("lib/base/codes")) continue;
    const text = await Deno.readTextFile(path);
    for (const code of unsaid) if (text.includes(`"${code}"`)) unsaid.delete(code);
  }
  return [...unsaid];
}

/** The document with its tables written anew; `deno fmt` lays them out. */
export function rewritten(recovery: string): string {
  const tables = Object.entries(CODES_BY_SUBJECT).map(([subject, codes]) =>
    `${HEADINGS[subject as Subject]}\n\n${tableOf(codes)}\n`
  );
  const after = afterEachCode(recovery);
  const before = recovery.slice(0, recovery.length - after.length);
  return `${before}${after.slice(0, after.indexOf("### "))}${tables.join("\n")}`;
}

/** Codes that are explained alike share a row. */
function tableOf(codes: Readonly<Record<string, Words>>): string {
  const rows = Map.groupBy(
    Object.entries(codes),
    ([, { means, advice }]) => `${means} | ${advice}`,
  );
  return [
    HEAD.join(" | "),
    HEAD.map(() => "---").join(" | "),
    ...[...rows].map(([words, alike]) =>
      `${alike.map(([code]) => `\`${code}\``).join(", ")} | ${words}`
    ),
  ].map((row) => `| ${row} |`).join("\n");
}

function afterEachCode(recovery: string): string {
  const at = recovery.indexOf("\n## Each code\n");
  if (at < 0) throw new TypeError(`${RECOVERY} has no "Each code" any more`);
  return recovery.slice(at);
}

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

if (import.meta.main) {
  const recovery = await Deno.readTextFile(RECOVERY);
  if (Deno.args.includes("--write")) {
    await Deno.writeTextFile(RECOVERY, rewritten(recovery));
    const args = ["fmt", "--quiet", RECOVERY];
    const { success } = await new Deno.Command(Deno.execPath(), { args }).output();
    Deno.exit(success ? 0 : 1);
  }
  const unsaid = await unsaidCodes(Deno.cwd());
  const faults = [...recoveryFaults(recovery), ...unsaid.map((code) => `nothing says ${code}`)];
  for (const fault of faults) console.error(fault);
  console.log(`${Object.keys(CODES).length} codes, ${faults.length} faults`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
