/** Which files of a folder are in another one byte for byte: both are read, neither is believed. */
import { LabferryError } from "../base/mod.ts";
import type { DiskPool, FileStat, WalkedEntry } from "../disk/mod.ts";

export interface FolderListing {
  /** By their paths below the folder, with `/`. */
  readonly files: ReadonlyMap<string, WalkedEntry>;
  /** Paths of folders, in the order of the walk. */
  readonly folders: readonly string[];
}

export interface Compared {
  /** Of the first folder, as each was when it was read. */
  readonly equal: ReadonlyMap<string, FileStat>;
  /** In both, and not the same; one that changed while it was read is among them. */
  readonly different: readonly string[];
  readonly onlyHere: readonly string[];
  readonly onlyThere: readonly string[];
  /** All folders of the first. */
  readonly folders: readonly string[];
}

export interface ListOptions {
  readonly pool: Pick<DiskPool, "walkTree">;
  readonly signal: AbortSignal;
  /** Paths that are nobody's data. */
  readonly without: (path: string) => boolean;
}

export interface CompareOptions extends ListOptions {
  readonly pool: Pick<DiskPool, "walkTree" | "hashFiles">;
}

/**
 * Everything in it can be copied as bytes, or this throws.
 *
 * @throws LabferryError `link_refused`, `not_a_file`, `source_unreadable`, `not_found`
 */
export async function listFolder(
  folder: string,
  { pool, signal, without }: ListOptions,
): Promise<FolderListing> {
  const files = new Map<string, WalkedEntry>();
  const folders: string[] = [];
  for await (const batch of pool.walkTree(folder, { signal })) {
    for (const entry of batch) {
      if (without(entry.path)) continue;
      if (entry.kind === "file") files.set(entry.path, entry);
      else if (entry.kind === "directory") folders.push(entry.path);
      else throw notCopied(folder, entry);
    }
  }
  return { files, folders };
}

/** @throws LabferryError as `listFolder` */
export async function compareFolders(
  { here, there }: { readonly here: string; readonly there: string },
  options: CompareOptions,
): Promise<Compared> {
  const { pool, signal } = options;
  const mine = await listFolder(here, options);
  const theirs = await listFolder(there, options);
  const both = [...mine.files.keys()].filter((path) => theirs.files.has(path));
  const items = both.flatMap((path) =>
    [here, there].map((root) => ({
      path: `${root}/${path}`,
      sizeBytes: mine.files.get(path)!.sizeBytes,
    }))
  );
  const equal = new Map<string, FileStat>();
  const different: string[] = [];
  let at = 0;
  let first: string | null = null;
  let stat: FileStat | null = null;
  for await (const outcome of pool.hashFiles(items, { signal, dropCache: true })) {
    const path = both[at >> 1]!;
    const sha256 = outcome.ok ? outcome.value.sha256 : null;
    if (at++ % 2 === 0) {
      [first, stat] = [sha256, outcome.ok ? outcome.value : null];
    } else if (first !== null && stat !== null && sha256 === first) equal.set(path, stat);
    else different.push(path);
  }
  return {
    equal,
    different,
    onlyHere: [...mine.files.keys()].filter((path) => !theirs.files.has(path)),
    onlyThere: [...theirs.files.keys()].filter((path) => !mine.files.has(path)),
    folders: mine.folders,
  };
}

function notCopied(
  folder: string,
  entry: { readonly kind: string; readonly path: string; readonly message?: string },
): LabferryError {
  const path = `${folder}/${entry.path}`;
  if (entry.kind === "problem") {
    return new LabferryError("source_unreadable", `${path} cannot be copied`, {
      path,
      why: entry.message ?? "it cannot be read",
      hint: "mend it, or have the run adopted where it lies (intake.mode: adopt)",
    });
  }
  const isLink = entry.kind === "symlink";
  return new LabferryError(isLink ? "link_refused" : "not_a_file", `${path} cannot be copied`, {
    path,
    why: isLink ? "it is a link, and links are never followed" : "it is neither file nor folder",
    hint: "remove it, or have the run adopted where it lies (intake.mode: adopt)",
  });
}
