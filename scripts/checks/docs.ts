/**
 * Holds the documents to the program: every `labferry …` line in a shell block names a command and
 * options that exist, every relative link leads somewhere, every path of ours that is named exists.
 */
import { dirname, join } from "node:path";
import { buildProgram } from "../../lib/cli/program.ts";

type Program = ReturnType<typeof buildProgram>;

export interface DocFault {
  readonly file: string;
  readonly line: number;
  readonly fault: string;
}

export async function docFaults(root: string): Promise<DocFault[]> {
  const faults: DocFault[] = [];
  for (const file of await documents(root)) {
    const lines = (await Deno.readTextFile(join(root, file))).split("\n");
    let fence: string | null = null;
    for (const [index, line] of lines.entries()) {
      const mark = /^```(\w*)/.exec(line);
      if (mark) fence = fence === null ? mark[1] ?? "" : null;
      const found = fence === "sh"
        ? commandFault(line)
        : fence === null
        ? await linkFault(root, file, line)
        : null;
      if (found) faults.push({ file, line: index + 1, fault: found });
    }
  }
  return faults;
}

async function documents(root: string): Promise<string[]> {
  const files = ["README.md"];
  for await (const { name } of Deno.readDir(join(root, "docs"))) {
    if (name.endsWith(".md")) files.push(`docs/${name}`);
  }
  return files.sort();
}

/** Null when the line is no labferry command, or one the program takes. */
export function commandFault(line: string): string | null {
  const words = /^labferry\s+(.*?)\s*(?:#.*)?$/.exec(line.trim())?.[1];
  if (words === undefined) return null;
  const args = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
  let program: Program = buildProgram(() => Promise.resolve());
  const global = program;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word.startsWith("-")) {
      const option = [...program.options, ...global.options].find((one) =>
        one.long === word || one.short === word
      );
      if (!option) return `there is no option ${word} of "${program.name()}"`;
      if (option.required) i++;
      continue;
    }
    const next = program.commands.find((command) => command.name() === word);
    if (next) program = next as Program;
    else if (program.commands.length > 0) {
      return `there is no command "${word}" of "${program.name()}"`;
    }
  }
  return program.commands.length > 0 && program !== global
    ? `"${program.name()}" alone is no command`
    : null;
}

async function linkFault(root: string, file: string, line: string): Promise<string | null> {
  const links = [...line.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!).filter((
    link,
  ) => !/^[a-z]+:/.test(link));
  const named = [...line.matchAll(/`((?:lib|scripts|tests|docs)\/[\w./-]+)`/g)].map((match) =>
    match[1]!
  );
  for (const path of [...links.map((link) => join(dirname(file), link)), ...named]) {
    if (!await exists(join(root, path))) return `${path} is not there`;
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  const faults = await docFaults(Deno.cwd());
  for (const { file, line, fault } of faults) console.error(`${file}:${line}: ${fault}`);
  console.log(`${faults.length} faults in the documents`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
