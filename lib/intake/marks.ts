/**
 * What the rules of an equipment (`done`, `forbid`, `expect`, `failed`, `outcome`) ask of a run, found
 * in the walk that looks at it anyway. Files are read afterwards: few, small, and only with a limit.
 */
import { join } from "node:path";
import { type NamePattern, namePattern, type PatternReach } from "../base/name_pattern.ts";
import type { RunRules } from "../config/mod.ts";
import type { AwaitedSignal } from "./received_signal.ts";
import { readOrNull, type WalkedEntry, type WalkEntry } from "../disk/mod.ts";

/** What was found, by the pattern's text. */
export interface Marks {
  /** How many names a pattern of `done` has; `expect` counts files that are not empty. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first name found; of `forbid` and `failed` too. */
  readonly first: ReadonlyMap<string, string>;
  /** What was read: by pattern, then by path; null for a file that is too large, or gone. */
  readonly texts: ReadonlyMap<string, ReadonlyMap<string, string | null>>;
  /** Sizes in bytes of the data that meta files speak of; by path. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** More files of one kind say nothing that the first ones do not; with more it is never over. */
export const MOST_READ = 1_000;
const MOST_READ_BYTES = 4 * 1024 * 1024;
/** Data files of one run whose size is told beside them. */
const MOST_SIZES = 20_000;

interface Sought extends NamePattern {
  readonly isRead: boolean;
  readonly wantsBytes: boolean;
}

/** What has to be found, made once for many runs. */
export interface MarkPlan {
  readonly sought: readonly Sought[];
  readonly dataEnding: string | null;
}

export function planMarks(completeness: AwaitedSignal, rules: RunRules): MarkPlan {
  const done = completeness.signal === "done" ? completeness.done : null;
  const notEmpty = done?.notEmpty ?? [];
  const top = [...done?.all ?? [], ...done?.any ?? [], ...notEmpty];
  const { countEquals } = done ?? {};
  const read = [done?.json?.file, done?.xml?.file, done?.text?.file, done?.metaSize?.meta];
  const sought = [
    ...unique([...top, ...(countEquals ? [countEquals.a, countEquals.b] : [])])
      .map((text) => soughtName(text)),
    ...unique([...read, rules.outcome?.file].filter((text) => text !== undefined))
      .map((text) => soughtName(text, { isRead: true })),
    ...unique([...rules.expect, ...notEmpty])
      .map((text) => soughtName(text, { wantsBytes: true })),
    ...unique([...rules.forbid, ...rules.failed])
      .map((text) => soughtName(text, { reach: "anywhere" })),
  ];
  return { sought, dataEnding: done?.metaSize?.of ?? null };
}

export class MarkSeeker {
  readonly #plan: MarkPlan;
  readonly #counts = new Map<string, number>();
  readonly #first = new Map<string, string>();
  /** By pattern: path and size in bytes. */
  readonly #toRead = new Map<string, [string, number][]>();
  readonly #sizes = new Map<string, number>();

  constructor(plan: MarkPlan) {
    this.#plan = plan;
  }

  see(entry: WalkEntry): void {
    if (entry.kind !== "file" && entry.kind !== "directory") return;
    const kind = entry.kind === "file" ? "file" : "folder";
    const { sought, dataEnding } = this.#plan;
    for (const pattern of sought) {
      if (pattern.kind !== kind || !pattern.matches(entry.path)) continue;
      if (pattern.wantsBytes && entry.kind === "file" && entry.sizeBytes === 0) continue;
      this.#counts.set(keyOf(pattern), (this.#counts.get(keyOf(pattern)) ?? 0) + 1);
      const first = this.#first.get(pattern.text);
      if (first === undefined || entry.path < first) this.#first.set(pattern.text, entry.path);
      if (pattern.isRead && entry.kind === "file") this.#noteToRead(pattern.text, entry);
    }
    if (entry.kind !== "file" || dataEnding === null) return;
    if (entry.path.endsWith(dataEnding) && this.#sizes.size < MOST_SIZES) {
      this.#sizes.set(entry.path, entry.sizeBytes);
    }
  }

  /** @throws LabferryError what the disk says of a file that has to be read */
  async end(runPath: string): Promise<Marks> {
    const texts = new Map<string, Map<string, string | null>>();
    for (const [pattern, paths] of this.#toRead) {
      const read = new Map<string, string | null>();
      for (const [path, sizeBytes] of paths) {
        const isSmall = sizeBytes <= MOST_READ_BYTES;
        read.set(path, isSmall ? await textOrNull(join(runPath, path)) : null);
      }
      texts.set(pattern, read);
    }
    return { counts: this.#counts, first: this.#first, texts, sizes: this.#sizes };
  }

  #noteToRead(text: string, { path, sizeBytes }: WalkedEntry): void {
    const paths = this.#toRead.get(text) ?? [];
    if (paths.length <= MOST_READ) paths.push([path, sizeBytes]);
    this.#toRead.set(text, paths);
  }
}

/** `expect` and `done` may ask for one name in two ways. */
export function expectedKey(text: string): string {
  return `${text}\0bytes`;
}

function keyOf({ text, wantsBytes }: Sought): string {
  return wantsBytes ? expectedKey(text) : text;
}

function soughtName(
  text: string,
  { reach = "top" as PatternReach, isRead = false, wantsBytes = false } = {},
): Sought {
  return { ...namePattern(text, reach), isRead, wantsBytes };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** Null for a file that is gone again. */
async function textOrNull(path: string): Promise<string | null> {
  const bytes = await readOrNull(path);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}
