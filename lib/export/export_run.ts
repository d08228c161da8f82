/** Packs one run: copies what its manifest lists, judges each copy by its hash, writes what describes it. */
import { dirname, join, resolve, sep } from "node:path";
import { type Clock, LabferryError, randomId } from "../base/mod.ts";
import {
  diskFailure,
  DiskPool,
  entriesOf,
  lstatOrNull,
  moveFolder,
  writeFileAtomic,
} from "../disk/mod.ts";
import {
  isNeverSynced,
  readChecksums,
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
} from "../records/mod.ts";
import { BAG_PAYLOAD, bagTagFiles } from "./bagit.ts";
import type { PackedFile } from "./packed_file.ts";
import { CRATE_METADATA, crateMetadata } from "./ro_crate.ts";
import { type RunFacts, runFacts } from "./run_facts.ts";

export const EXPORT_FORMATS = ["ro-crate", "bagit"] as const;
export type ExportFormat = typeof EXPORT_FORMATS[number];

export interface ExportOptions extends Pick<RunFacts, "transfer" | "license"> {
  readonly format: ExportFormat;
  /**
   * Where the run's data lies, for runs that are files. What a record beside the data says of that is
   * not asked: it may have come with the run from another computer.
   *
   * @default the run's folder
   */
  readonly dataDir?: string;
  /** Becomes the package's folder; must not be there yet. */
  readonly to: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Exported {
  /** Absolute. */
  readonly to: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * @throws LabferryError `already_exists`, `record_missing` without a manifest, `source_vanished` when
 * listed files are not here, `local_copy_damaged` when one is another, `disk_full`
 */
export async function exportRun(run: string, options: ExportOptions): Promise<Exported> {
  const { format, clock, signal } = options;
  const runPath = resolve(run);
  const to = resolve(options.to);
  await refuse(runPath, to);
  const facts = await runFacts(runPath, options);
  // A folder of its own until it is whole: killed, it is left under a name that says so.
  const part = `${to}.${randomId().slice(0, 8)}.unfinished`;
  try {
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.mkdir(part);
  } catch (error) {
    throw diskFailure(error, "the package's folder could not be made", part);
  }
  try {
    const root = format === "bagit" ? join(part, BAG_PAYLOAD) : part;
    if (root !== part) await Deno.mkdir(root);
    const { dataDir = runPath } = options;
    const files = await copyAll({ runPath, dataDir, root, signal });
    const about = { facts, at: clock.now() };
    const tags = format === "bagit"
      ? bagTagFiles(files, about)
      : new Map([[CRATE_METADATA, crateMetadata(files, about)]]);
    for (const [name, bytes] of tags) {
      await writeFileAtomic(join(part, name), bytes, { createOnly: true });
    }
    if (await moveFolder(part, to) !== "moved") throw taken(to);
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { to, files: files.length, bytes };
  } catch (error) {
    await Deno.remove(part, { recursive: true });
    throw error;
  }
}

async function refuse(runPath: string, to: string): Promise<void> {
  if (`${to}${sep}`.startsWith(`${runPath}${sep}`)) {
    throw new LabferryError("usage", "A package cannot go into the run itself", {
      path: to,
      why: "its files would be data of the run",
      hint: "name a folder elsewhere with --to",
    });
  }
  if (await lstatOrNull(to)) {
    throw taken(to);
  }
  if ((await lstatOrNull(recordPath(runPath, RECORD_FILES.checksums)))?.isFile) return;
  throw new LabferryError("record_missing", `${runPath} has no manifest`, {
    path: recordPath(runPath, RECORD_FILES.checksums),
    why: "only what was proven once is packed",
    hint:
      "wait until the run is verified; one that is only at its destination comes back with `labferry restore`",
  });
}

function taken(to: string): LabferryError {
  return new LabferryError("already_exists", `${to} is there already`, {
    path: to,
    hint: "name another folder with --to",
  });
}

interface Item {
  readonly path: string;
  /** Null for a record, of which no manifest says what it has to be. */
  readonly sha256: string | null;
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

async function copyAll(
  { runPath, dataDir, root, signal }: {
    readonly runPath: string;
    readonly dataDir: string;
    readonly root: string;
    readonly signal: AbortSignal;
  },
): Promise<PackedFile[]> {
  const items: Item[] = [];
  const missing: string[] = [];
  const take = async (path: string, sha256: string | null) => {
    const from = join(sha256 === null ? runPath : dataDir, ...path.split("/"));
    const stat = await lstatOrNull(from);
    if (!stat?.isFile) return void missing.push(path);
    const mtimeMs = stat.mtime?.getTime() ?? 0;
    items.push({
      path,
      sha256,
      from,
      to: join(root, ...path.split("/")),
      sizeBytes: stat.size,
      mtimeMs,
    });
  };
  for await (const { path, sha256 } of readChecksums(recordPath(runPath, RECORD_FILES.checksums))) {
    await take(path, sha256);
  }
  if (missing.length > 0) throw notHere(runPath, missing);
  for await (const path of recordsOf(runPath)) await take(path, null);
  const files: PackedFile[] = [];
  using pool = new DiskPool();
  for await (const outcome of pool.copyFiles(items, { root, onlyNew: true, signal })) {
    if (!outcome.ok) throw outcome.error;
    const { path, sha256: wanted, sizeBytes, from } = outcome.item;
    const { sha256 } = outcome.value;
    if (wanted !== null && sha256 !== wanted) throw damaged(from);
    files.push({ path, sizeBytes, sha256 });
  }
  return files;
}

async function* recordsOf(runPath: string, below = RECORDS_DIR): AsyncGenerator<string> {
  for (const { name, isFile, isDirectory } of await entriesOf(join(runPath, below))) {
    const path = `${below}/${name}`;
    if (isDirectory) yield* recordsOf(runPath, path);
    else if (isFile && !isNeverSynced(path)) yield path;
  }
}

function notHere(runPath: string, missing: readonly string[]): LabferryError {
  const more = missing.length > 1 ? `, and ${missing.length - 1} more` : "";
  return new LabferryError("source_vanished", "Files of the run are not here", {
    path: runPath,
    why: `${missing[0]}${more}`,
    hint:
      "bring them back first: `labferry restore RUN`, or `labferry restore RUN --to DIR` and export DIR",
  });
}

function damaged(path: string): LabferryError {
  return new LabferryError("local_copy_damaged", "A file is not what the manifest says", {
    path,
    why: "it was read and has another SHA-256",
    hint:
      "`labferry verify RUN --local` names all of them; the proven bytes are at the destination",
  });
}
