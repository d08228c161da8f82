/**
 * Bringing listed files back: fetched into a folder of ours, hashed there against the list, put on
 * disk with their times, and only then given their names, by an act that takes no name from another.
 * Stopped at any instant, the same call goes on: what is in place is compared and counted, what is
 * staged is hashed again, nothing is doubled, and no half file ever has a real name.
 */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { foldName } from "../base/fold_name.ts";
import {
  type DiskPool,
  type FileHash,
  type FileOutcome,
  type FileStat,
  fileStatOf,
  inBatches,
  lstatOrNull,
  removeIfThere,
} from "../disk/mod.ts";
import { type CappedNames, MAX_LISTED } from "../queue/mod.ts";
import type { FarSession, TransportProgress } from "../transports/mod.ts";
import type { RestoreTarget } from "./restore_target.ts";

/** A file as it has to be. */
export interface WantedFile {
  /** Below the run's folder, with `/`. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** 0 where it is not known. */
  readonly sizeBytes: number;
  /** Null: the time the far copy has. */
  readonly mtimeMs: number | null;
}

/** A file in its place, with the very bytes of the list, and the stat it has there. */
export interface FileInPlace extends FileStat {
  readonly path: string;
  readonly sha256: string;
}

export interface BringRequest {
  readonly session: FarSession;
  readonly pool: DiskPool;
  readonly farDir: string;
  /** Sorted by their paths' bytes. */
  readonly files: Iterable<WantedFile> | AsyncIterable<WantedFile>;
  readonly target: RestoreTarget;
  /** As `FetchRequest.downloadMbps`. */
  readonly downloadMbps: number | null;
  readonly onInPlace?: (files: readonly FileInPlace[]) => void;
  readonly onProgress?: (progress: TransportProgress) => void;
  readonly signal: AbortSignal;
}

export interface Brought {
  readonly files: number;
  readonly bytes: number;
  /** In place before, with the same bytes. */
  readonly alreadyHere: { readonly files: number; readonly bytes: number };
  /** Something else has the name here: left as it is. */
  readonly different: CappedNames;
  /** Not at the destination, or no file there. */
  readonly missing: CappedNames;
  /** At the destination with other bytes, twice. Not brought. */
  readonly damaged: CappedNames;
}

/** Taken at once: bounds what is held in memory, and what is fetched again after a bad end. */
const PORTION = { maxItems: 5_000, maxBytes: 16 * 1024 ** 3 } as const;

/** @throws TransportError of the destination; LabferryError of this computer's disk */
export async function bringFiles(request: BringRequest): Promise<Brought> {
  const bringing = new Bringing(request);
  const sizeOf = (file: WantedFile) => file.sizeBytes;
  for await (const portion of inBatches(request.files, { ...PORTION, sizeOf })) {
    await bringing.bring(portion);
  }
  return bringing.brought();
}

/** Hashed in our folder, and the right one. */
interface Staged {
  readonly file: WantedFile;
  readonly stat: FileStat;
}

type Hashed = FileOutcome<WantedFile & { readonly name: string }, FileHash>;

class Bringing {
  readonly #request: BringRequest;
  readonly #count = { files: 0, bytes: 0 };
  readonly #here = { files: 0, bytes: 0 };
  readonly #different = new Names();
  readonly #missing = new Names();
  readonly #damaged = new Names();
  /** Of the portions before. */
  readonly #done = { bytes: 0, files: 0 };

  constructor(request: BringRequest) {
    this.#request = request;
  }

  async bring(portion: readonly WantedFile[]): Promise<void> {
    for (const some of apart(portion)) {
      const absent = await this.#notInPlace(some);
      if (absent.length > 0) await this.#place(await this.#staged(absent));
    }
    for (const { sizeBytes } of portion) {
      this.#done.bytes += sizeBytes;
      this.#done.files++;
    }
    const currentPath = portion.at(-1)!.path;
    const { bytes: bytesDone, files: filesDone } = this.#done;
    this.#request.onProgress?.({ bytesDone, filesDone, currentPath });
  }

  brought(): Brought {
    return {
      ...this.#count,
      alreadyHere: this.#here,
      different: this.#different.capped(),
      missing: this.#missing.capped(),
      damaged: this.#damaged.capped(),
    };
  }

  /** Compares what has the names here; those that nothing has. */
  async #notInPlace(portion: readonly WantedFile[]): Promise<WantedFile[]> {
    const absent: WantedFile[] = [];
    const inPlace: FileInPlace[] = [];
    for await (const outcome of this.#hash(portion, this.#request.target.dir)) {
      const { path, sha256 } = outcome.item;
      if (outcome.ok && outcome.value.sha256 === sha256) inPlace.push(this.#wasHere(outcome));
      else if (outcome.ok || isOther(outcome.error)) this.#different.add(path);
      else if (outcome.error.code === "not_found") absent.push(outcome.item);
      else throw outcome.error;
    }
    if (inPlace.length > 0) this.#request.onInPlace?.(inPlace);
    return absent;
  }

  #wasHere({ item: { path, sha256 }, value }: Hashed & { readonly ok: true }): FileInPlace {
    this.#here.files++;
    this.#here.bytes += value.sizeBytes;
    return { path, sha256, ...statOf(value) };
  }

  /** Fetches and hashes; a file that came with other bytes is fetched once more. */
  async #staged(absent: readonly WantedFile[]): Promise<Staged[]> {
    const first = await this.#fetch(absent);
    if (first.wrong.length === 0) return first.right;
    const again = await this.#fetch(first.wrong);
    for (const { path } of again.wrong) this.#damaged.add(path);
    return [...first.right, ...again.right];
  }

  async #fetch(
    wanted: readonly WantedFile[],
  ): Promise<{ readonly right: Staged[]; readonly wrong: WantedFile[] }> {
    const { session, farDir, target: { stageDir }, downloadMbps, signal } = this.#request;
    await session.fetch({
      farDir,
      files: wanted.map(({ path, sizeBytes, mtimeMs }) => ({
        path,
        sizeBytes,
        mtimeMs: mtimeMs ?? 0,
      })),
      intoDir: stageDir,
      downloadMbps,
      onProgress: ({ bytesDone, filesDone, currentPath }) =>
        this.#request.onProgress?.({
          bytesDone: this.#done.bytes + bytesDone,
          filesDone: filesDone === null ? null : this.#done.files + filesDone,
          currentPath,
        }),
      signal,
    });
    const right: Staged[] = [];
    const wrong: WantedFile[] = [];
    for await (const outcome of this.#hash(wanted, stageDir)) {
      const { item } = outcome;
      if (outcome.ok && outcome.value.sha256 === item.sha256) {
        right.push({ file: item, stat: outcome.value });
      } else if (outcome.ok) {
        await removeIfThere(join(stageDir, item.path));
        wrong.push(item);
      } else if (outcome.error.code === "not_found") this.#missing.add(item.path);
      else throw outcome.error;
    }
    return { right, wrong };
  }

  async #place(staged: readonly Staged[]): Promise<void> {
    const { pool, target: { dir, stageDir }, signal } = this.#request;
    const items = staged.map(({ file, stat }) => ({
      file,
      stat,
      from: join(stageDir, file.path),
      to: join(dir, file.path),
      mtimeMs: file.mtimeMs,
    }));
    const taken: WantedFile[] = [];
    const placed: Staged[] = [];
    for await (const outcome of pool.nameFiles(items, { root: dir, flush: true, signal })) {
      const { file, stat } = outcome.item;
      if (outcome.ok) {
        this.#count.files++;
        this.#count.bytes += stat.sizeBytes;
        placed.push({ file, stat });
      } else if (isOther(outcome.error)) taken.push(file);
      else throw outcome.error;
    }
    await this.#tellOf(placed);
    if (taken.length > 0) await this.#settleTaken(taken);
  }

  /** With the stat each has in its place; one that somebody touched since is not told of. */
  async #tellOf(placed: readonly Staged[]): Promise<void> {
    const { onInPlace, target: { dir } } = this.#request;
    if (!onInPlace || placed.length === 0) return;
    const told: FileInPlace[] = [];
    for (const { file: { path, sha256 }, stat } of placed) {
      const place = join(dir, path);
      const info = await lstatOrNull(place);
      if (!info?.isFile) continue;
      const now = fileStatOf(place, info);
      const isIt = now.fileId === stat.fileId && now.sizeBytes === stat.sizeBytes;
      if (isIt) told.push({ path, sha256, ...now });
    }
    onInPlace(told);
  }

  /** Somebody took the name while the file came. */
  async #settleTaken(taken: readonly WantedFile[]): Promise<void> {
    const { stageDir } = this.#request.target;
    for (const { path } of await this.#notInPlace(taken)) this.#different.add(path);
    for (const { path } of taken) await removeIfThere(join(stageDir, path));
  }

  async *#hash(files: readonly WantedFile[], dir: string): AsyncGenerator<Hashed> {
    const { pool, signal } = this.#request;
    const items = files.map((file) => ({ ...file, name: file.path, path: join(dir, file.path) }));
    for await (const outcome of pool.hashFiles(items, { root: dir, signal })) {
      yield { ...outcome, item: { ...outcome.item, path: outcome.item.name } };
    }
  }
}

/**
 * Names that are one on a disk that folds case or encoding are not fetched side by side: the second would
 * find the first staged under its own. Behind it, it is one whose name something else has.
 */
function apart(portion: readonly WantedFile[]): readonly (readonly WantedFile[])[] {
  const rounds: WantedFile[][] = [];
  const met = new Map<string, number>();
  for (const file of portion) {
    const key = foldName(file.path);
    const round = met.get(key) ?? 0;
    met.set(key, round + 1);
    (rounds[round] ??= []).push(file);
  }
  return rounds;
}

function statOf({ sizeBytes, mtimeMs, ctimeS, fileId }: FileStat): FileStat {
  return { sizeBytes, mtimeMs, ctimeS, fileId };
}

/** What has the name, or stands on the way to it, is none of ours. */
const OTHER = ["already_exists", "link_refused", "not_a_file", "not_a_folder", "source_changed"];

export function isOther(error: LabferryError): boolean {
  return OTHER.includes(error.code);
}

/** With folders (`name/`) whose names something else has. One with files is named by these already. */
export function withDifferent(brought: Brought, folders: readonly string[]): Brought {
  const { count, names } = brought.different;
  const more = folders.filter((folder) => !names.some((name) => name.startsWith(folder)));
  const different = {
    count: count + more.length,
    names: [...names, ...more].slice(0, MAX_LISTED),
  };
  return { ...brought, different };
}

class Names {
  #count = 0;
  readonly #names: string[] = [];

  add(name: string): void {
    this.#count++;
    if (this.#names.length < MAX_LISTED) this.#names.push(name);
  }

  capped(): CappedNames {
    return { count: this.#count, names: this.#names };
  }
}
