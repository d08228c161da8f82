/**
 * `index.jsonl`: one line a report, for finding and listing without reading outlines. It is never
 * the truth: what it says is checked against the folders, and it can be made anew at any time.
 */
import { join } from "node:path";
import { type Clock, decodeUtf8, encodeUtf8, LabferryError, messageOf } from "../base/mod.ts";
import { lockFile, lstatOrNull, readOrNull, writeFileAtomic } from "../disk/mod.ts";
import { type Outline, REPORT_STATUSES, type ReportStatus, statusOf, tagsOf } from "./outline.ts";
import { isReportId, reportFolder, reportsDirOf } from "./report_folder.ts";
import { readOutline } from "./settle.ts";

export interface IndexEntry {
  readonly report_id: string;
  readonly current_title: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly tags: readonly string[];
  readonly status: ReportStatus;
  /** `by_id/<uuid>` */
  readonly path: string;
}

export interface IndexReading {
  readonly entries: readonly IndexEntry[];
  /** What was wrong and what was done about it. */
  readonly notices: readonly string[];
}

const LOCK_TIMEOUT_MS = 10_000;

export class ReportIndex {
  readonly path: string;
  readonly #root: string;
  readonly #clock: Clock;

  constructor(root: string, clock: Clock) {
    this.#root = root;
    this.#clock = clock;
    this.path = join(root, "index.jsonl");
  }

  /** The entries, made to agree with what is on disk where they did not. */
  async read(): Promise<IndexReading> {
    const { entries, fault } = await this.#parse();
    if (fault) return await this.rebuild(fault);
    const ids = await this.#ids();
    const doubt = await this.#doubt(entries, ids);
    return doubt ? await this.rebuild(doubt) : { entries: [...entries.values()], notices: [] };
  }

  /** Puts the report's line in; the last step of a change. */
  async refresh(id: string, outline: Outline): Promise<void> {
    using _lock = await this.#lock();
    const { entries, fault } = await this.#parse();
    if (fault) return void await this.#make(fault);
    entries.set(id, entryOf(id, outline));
    await this.#write(entries.values());
  }

  /** Makes the index anew from the outlines; an old one that cannot be read is set aside. */
  async rebuild(why: string): Promise<IndexReading> {
    using _lock = await this.#lock();
    return await this.#make(why);
  }

  async #make(why: string): Promise<IndexReading> {
    const notices = [`the index was made anew: ${why}`];
    if ((await this.#parse()).fault) notices.push(`the old one is ${await this.#setAside()}`);
    const entries: IndexEntry[] = [];
    for (const id of await this.#ids()) {
      const { outline, fault } = await readOutline(reportFolder(this.#root, id));
      if (outline) entries.push(entryOf(id, outline));
      else notices.push(`report ${id}: ${fault ? messageOf(fault) : "it has no outline"}`);
    }
    await this.#write(entries);
    return { entries, notices };
  }

  /** Why the index cannot be right; null when nothing speaks against it. */
  async #doubt(
    entries: ReadonlyMap<string, IndexEntry>,
    ids: readonly string[],
  ): Promise<string | null> {
    const there = new Set(ids);
    for (const id of entries.keys()) {
      if (!there.has(id)) return `it lists ${id}, which is not there`;
    }
    const writtenMs = (await lstatOrNull(this.path))?.mtime?.getTime() ?? 0;
    for (const id of ids) {
      const changedMs = (await lstatOrNull(reportFolder(this.#root, id).outlineFile))?.mtime
        ?.getTime() ?? null;
      if (changedMs === null) {
        if (entries.has(id)) return `it lists ${id}, which has no outline`;
      } else if (changedMs > writtenMs) {
        return `report ${id} was changed after it`;
      } else if (!entries.has(id)) {
        const { outline } = await readOutline(reportFolder(this.#root, id));
        if (outline) return `report ${id} was missing in it`;
      }
    }
    return null;
  }

  async #parse(): Promise<{ entries: Map<string, IndexEntry>; fault: string | null }> {
    const entries = new Map<string, IndexEntry>();
    const bytes = await readOrNull(this.path);
    if (bytes === null) return { entries, fault: null };
    let text: string;
    try {
      text = decodeUtf8(bytes);
    } catch (error) {
      if (error instanceof TypeError) return { entries, fault: "it is not UTF-8" };
      throw error;
    }
    // The other program appends a line for each change: the last one of a report counts.
    for (const [i, line] of text.split("\n").entries()) {
      if (line.trim() === "") continue;
      const entry = readEntry(line);
      if (!entry) return { entries, fault: `line ${i + 1} is no entry` };
      entries.set(entry.report_id, entry);
    }
    return { entries, fault: null };
  }

  async #ids(): Promise<string[]> {
    const ids: string[] = [];
    try {
      for await (const { name, isDirectory } of Deno.readDir(reportsDirOf(this.#root))) {
        if (isDirectory && isReportId(name)) ids.push(name);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return ids.sort();
  }

  async #write(entries: Iterable<IndexEntry>): Promise<void> {
    const lines = Array.from(entries, (entry) => `${JSON.stringify(entry)}\n`);
    await writeFileAtomic(this.path, encodeUtf8(lines.join("")));
  }

  /** Copies the damaged file beside itself, byte for byte. */
  async #setAside(): Promise<string> {
    const stamp = this.#clock.now().toISOString().replaceAll(":", "-");
    const aside = `${this.path}.damaged-${stamp}`;
    try {
      await writeFileAtomic(aside, await Deno.readFile(this.path), { createOnly: true });
    } catch (error) {
      if (!(error instanceof LabferryError) || error.code !== "already_exists") throw error;
    }
    return aside;
  }

  #lock(): Promise<Disposable> {
    return lockFile(`${this.path}.lock`, { mode: "exclusive", timeoutMs: LOCK_TIMEOUT_MS });
  }
}

/** By the folder's id: a copied folder is a report of its own, whatever its outline says. */
export function entryOf(id: string, outline: Outline): IndexEntry {
  return {
    report_id: id,
    current_title: outline.title,
    created_at: outline.created_at,
    updated_at: outline.updated_at,
    tags: tagsOf(outline),
    status: statusOf(outline),
    path: `by_id/${id}`,
  };
}

function readEntry(line: string): IndexEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== "object" || value === null) return null;
  const entry = value as Record<string, unknown>;
  const isWhole = typeof entry["report_id"] === "string" && isReportId(entry["report_id"]) &&
    typeof entry["current_title"] === "string" && Array.isArray(entry["tags"] ?? []) &&
    (REPORT_STATUSES as readonly unknown[]).includes(entry["status"] ?? "active");
  if (!isWhole) return null;
  return { tags: [], status: "active", ...entry } as unknown as IndexEntry;
}
