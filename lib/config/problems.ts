/** What is wrong with a configuration, where, and what to write instead. */
import { LabferryError } from "../base/mod.ts";

/** The way to a value: `["equipment", 0, "transport", "type"]`. */
export type KeyPath = readonly (string | number)[];

/** A problem before it has a place in the text. */
export interface Complaint {
  readonly keyPath: KeyPath;
  /** What is wrong and what was found; no full stop. */
  readonly what: string;
  readonly hint?: string;
  /** Point at the key instead of its value. */
  readonly atKey?: boolean;
  /** The key an unknown one was probably meant to be. */
  readonly guess?: string;
}

export interface ConfigProblem {
  readonly file: string;
  /** From 1; columns count UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
  /** `equipment[0].transport.type`; empty for the file as a whole. */
  readonly key: string;
  readonly what: string;
  readonly hint: string | null;
}

/** Problems shown at once; a file with more is not nearly right. */
export const MAX_PROBLEMS = 50;

/** `config_invalid`: every problem of the file, in the order of its lines. */
export class ConfigError extends LabferryError {
  /** All that were found, bounded by `MAX_PROBLEMS`. */
  readonly problems: readonly ConfigProblem[];

  constructor(
    file: string,
    { problems, total, hint = `correct ${file} and try again with \`labferry config check\`` }: {
      readonly problems: readonly ConfigProblem[];
      readonly total: number;
      /** @default to correct the file */
      readonly hint?: string;
    },
  ) {
    const lines = problems.map(problemLine);
    if (total > problems.length) lines.push(`… and ${total - problems.length} more`);
    const list = lines.map((line) => `\n    ${line}`).join("");
    super(
      "config_invalid",
      total === 1
        ? `the configuration has a problem: ${lines[0]}`
        : `the configuration has ${total} problems:${list}`,
      { hint, path: file },
    );
    this.problems = problems;
  }
}

/** `/etc/labferry/config.yaml:3:5: sync.max_paralel: unknown key; did you mean max_parallel?` */
export function problemLine(problem: ConfigProblem): string {
  const { file, line, column, key, what, hint } = problem;
  return `${file}:${line}:${column}: ${key ? `${key}: ` : ""}${what}${hint ? `; ${hint}` : ""}`;
}

/** `equipment[0].transport.type`. */
export function keyText(path: KeyPath): string {
  return path.map((key, i) =>
    typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${showName(key)}`
  ).join("");
}

/** A name from the file, short and free of control characters. */
export function showName(name: string): string {
  // deno-lint-ignore no-control-regex
  const clean = name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}

/** What was found, in words: `the text "yes"`, `3`, `nothing`, `a mapping`. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return `the text ${JSON.stringify(showName(value))}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return String(value);
}
