/**
 * The runs of one walk as they were last seen. A look that found everything as it was changes only the
 * time of the look: of a run that is at rest (taken, or left alone) it is written with the next ones
 * together, for the day's walk; of one that is being acquired only at the end, because every start looks
 * at those first. Rows of runs at rest are read from the queue when somebody asks: there may be a hundred
 * thousand of them, of a kilobyte each.
 */
import type { Queue, SeenRow } from "../queue/mod.ts";

type Seen = Pick<Queue["seen"], "of" | "put" | "putAll" | "forget">;

export class SeenBook {
  readonly #seen: Seen;
  /** Which folder each run is. */
  readonly #folders = new Map<string, string | null>();
  /** The runs of each folder that is known; nearly always one. */
  readonly #byFolder = new Map<string, readonly string[]>();
  /** Those that are being acquired. */
  readonly #open = new Map<string, SeenRow>();
  readonly #unwritten = new Map<string, SeenRow>();
  #hasNews = false;

  constructor(seen: Seen, known: Iterable<SeenRow>) {
    this.#seen = seen;
    for (const row of known) this.#keep(row);
  }

  get size(): number {
    return this.#folders.size;
  }

  has(runPath: string): boolean {
    return this.#folders.has(runPath);
  }

  get(runPath: string): SeenRow | undefined {
    if (!this.has(runPath)) return undefined;
    return this.#unwritten.get(runPath) ?? this.#open.get(runPath) ??
      this.#seen.of(runPath) ?? undefined;
  }

  paths(): Iterable<string> {
    return this.#folders.keys();
  }

  /** Runs that were seen as this folder; none where it is not known which one it is. */
  ofFolder(folder: string | null): SeenRow[] {
    const paths = folder === null ? [] : this.#byFolder.get(folder) ?? [];
    return paths.flatMap((path) => this.get(path) ?? []);
  }

  /** Other runs that were seen as the same folder. */
  others({ runPath, folder }: SeenRow): SeenRow[] {
    return this.ofFolder(folder).filter((row) => row.runPath !== runPath);
  }

  isOpen(runPath: string): boolean {
    return this.#open.has(runPath);
  }

  put(row: SeenRow): { readonly isNew: boolean; readonly isChanged: boolean } {
    const before = this.get(row.runPath);
    this.#keep(row);
    const isChanged = before === undefined || !isAsBefore(row, before);
    if (isChanged) {
      this.#hasNews = true;
      this.#unwritten.delete(row.runPath);
      this.#seen.put(row);
    } else this.#unwritten.set(row.runPath, row);
    return { isNew: before === undefined, isChanged };
  }

  /** Whether a run looks different, came or went since this was last asked. */
  takeNews(): boolean {
    const hadNews = this.#hasNews;
    this.#hasNews = false;
    return hadNews;
  }

  drop(runPath: string): void {
    this.#hasNews ||= this.has(runPath);
    this.#leaveFolder(runPath);
    this.#folders.delete(runPath);
    this.#open.delete(runPath);
    this.#unwritten.delete(runPath);
    this.#seen.forget(runPath);
  }

  /** Before anybody asks which runs at rest were not looked at for long. */
  write(): void {
    this.#write((row) => !isBeingAcquired(row));
  }

  end(): void {
    this.#write(() => true);
  }

  #keep(row: SeenRow): void {
    const { runPath, folder } = row;
    if (this.#folders.get(runPath) !== folder) {
      this.#leaveFolder(runPath);
      this.#folders.set(runPath, folder);
      if (folder !== null) {
        this.#byFolder.set(folder, [...this.#byFolder.get(folder) ?? [], runPath]);
      }
    }
    if (isBeingAcquired(row)) this.#open.set(runPath, row);
    else this.#open.delete(runPath);
  }

  #leaveFolder(runPath: string): void {
    const folder = this.#folders.get(runPath) ?? null;
    if (folder === null) return;
    const rest = this.#byFolder.get(folder)!.filter((path) => path !== runPath);
    if (rest.length > 0) this.#byFolder.set(folder, rest);
    else this.#byFolder.delete(folder);
  }

  #write(isWanted: (row: SeenRow) => boolean): void {
    const rows = [...this.#unwritten.values()].filter(isWanted);
    if (rows.length > 0) this.#seen.putAll(rows);
    for (const { runPath } of rows) this.#unwritten.delete(runPath);
  }
}

function isBeingAcquired({ phase, isExisting }: SeenRow): boolean {
  return phase !== "taken" && !isExisting;
}

/** Those in the queue, the one that changed last first. */
export function takenNewestFirst(rows: Iterable<SeenRow>): string[] {
  return [...rows].filter(({ phase }) => phase === "taken")
    .sort((a, b) => a.changedAt < b.changedAt ? 1 : a.changedAt > b.changedAt ? -1 : 0)
    .map(({ runPath }) => runPath);
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
