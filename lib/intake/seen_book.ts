/**
 * The runs of one walk as they were last seen. A look that found everything as it was changes only the
 * time of the look: of a taken run that is written with the next ones together, for the day's walk; of
 * one that is being acquired only at the end, because every start looks at those first.
 */
import type { Queue, SeenRow } from "../queue/mod.ts";

type Writing = Pick<Queue["seen"], "put" | "putAll" | "forget">;

export class SeenBook {
  readonly #seen: Writing;
  readonly #known: Map<string, SeenRow>;
  /** Runs by their folder's number. */
  readonly #byFolder = new Map<string | null, Set<string>>();
  readonly #unwritten = new Map<string, SeenRow>();

  constructor(seen: Writing, known: Map<string, SeenRow>) {
    this.#seen = seen;
    this.#known = known;
    for (const row of known.values()) this.#ofFolder(row.folder).add(row.runPath);
  }

  get size(): number {
    return this.#known.size;
  }

  has(runPath: string): boolean {
    return this.#known.has(runPath);
  }

  get(runPath: string): SeenRow | undefined {
    return this.#known.get(runPath);
  }

  paths(): Iterable<string> {
    return this.#known.keys();
  }

  rows(): Iterable<SeenRow> {
    return this.#known.values();
  }

  /** Other runs that were seen as the same folder. */
  others({ runPath, folder }: SeenRow): SeenRow[] {
    return [...this.#ofFolder(folder)].flatMap((path) => {
      const row = path === runPath ? undefined : this.#known.get(path);
      return row ? [row] : [];
    });
  }

  takenNewestFirst(): string[] {
    return [...this.#known.values()].filter(({ phase }) => phase === "taken")
      .sort((a, b) => a.changedAt < b.changedAt ? 1 : a.changedAt > b.changedAt ? -1 : 0)
      .map(({ runPath }) => runPath);
  }

  isOpen(runPath: string): boolean {
    const row = this.#known.get(runPath);
    return row !== undefined && row.phase !== "taken" && !row.isExisting;
  }

  put(row: SeenRow): { readonly isNew: boolean; readonly isChanged: boolean } {
    const before = this.#known.get(row.runPath);
    this.#known.set(row.runPath, row);
    if (before?.folder !== row.folder || before === undefined) {
      if (before) this.#ofFolder(before.folder).delete(row.runPath);
      this.#ofFolder(row.folder).add(row.runPath);
    }
    const isChanged = before === undefined || !isAsBefore(row, before);
    if (isChanged) {
      this.#unwritten.delete(row.runPath);
      this.#seen.put(row);
    } else this.#unwritten.set(row.runPath, row);
    return { isNew: before === undefined, isChanged };
  }

  drop(runPath: string): void {
    const folder = this.#known.get(runPath)?.folder ?? null;
    this.#ofFolder(folder).delete(runPath);
    if (this.#ofFolder(folder).size === 0) this.#byFolder.delete(folder);
    this.#known.delete(runPath);
    this.#unwritten.delete(runPath);
    this.#seen.forget(runPath);
  }

  /** Before anybody asks which taken runs were not looked at for long. */
  write(): void {
    this.#write((row) => row.phase === "taken");
  }

  end(): void {
    this.#write(() => true);
  }

  #ofFolder(folder: string | null): Set<string> {
    const runs = this.#byFolder.get(folder) ?? new Set();
    this.#byFolder.set(folder, runs);
    return runs;
  }

  #write(isWanted: (row: SeenRow) => boolean): void {
    const rows = [...this.#unwritten.values()].filter(isWanted);
    if (rows.length > 0) this.#seen.putAll(rows);
    for (const { runPath } of rows) this.#unwritten.delete(runPath);
  }
}

/** One that was not looked at yet. */
export function freshRow(
  { runPath, folder, equipmentId, hasAppeared, at, observedMs }:
    & Pick<SeenRow, "runPath" | "folder" | "equipmentId" | "hasAppeared">
    & { readonly at: string; readonly observedMs: number },
): SeenRow {
  return {
    runPath,
    equipmentId,
    folder,
    phase: "acquiring",
    firstSeenAt: at,
    files: 0,
    bytes: 0,
    fingerprint: "",
    takenFingerprint: null,
    checkedGeneration: null,
    changedAt: at,
    changedObservedMs: observedMs,
    lookedAt: at,
    lookedObservedMs: observedMs,
    waitsFor: "the first file",
    isExisting: false,
    hasAppeared,
  };
}

/** But for the time of the look. */
function isAsBefore(now: SeenRow, before: SeenRow): boolean {
  return Object.entries(now).every(([key, value]) =>
    key === "lookedAt" || key === "lookedObservedMs" || before[key as keyof SeenRow] === value
  );
}
