/** The NAS's own disk, for whoever works on it: places, folders on the way, what it says of a failure. */
import { createHash } from "node:crypto";
import { errnoOf } from "../../lib/disk/mod.ts";
import { type FarEntry, TransportError } from "../../lib/transports/mod.ts";
import type { LocalDisk } from "./local_disk.ts";
import type { TreeNode } from "./tree.ts";

/** What the far disk says, as a transport does. */
export function farError(error: unknown): unknown {
  if (errnoOf(error) !== "ENOSPC") return error;
  return new TransportError("destination_full", "the far disk is full", { cause: error });
}

/**
 * Makes the folders above `path`, and gives its place on the disk.
 *
 * @throws TransportError `destination_conflict` where something else than a folder is on the way
 */
export function makeParents(
  disk: LocalDisk,
  { base, path }: { readonly base: string; readonly path: string },
): string {
  const names = path.split("/");
  let at = base;
  for (const name of names.slice(0, -1)) {
    at += `/${name}`;
    const node = nodeOrNull(disk, at);
    if (!node) makeFolder(disk, at);
    else if (node.kind !== "folder") throw taken(at);
  }
  return `${at}/${names.at(-1)}`;
}

/** A folder that somebody else makes at this moment will do. */
function makeFolder(disk: LocalDisk, at: string): void {
  try {
    disk.mkdir(at);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST" || nodeOrNull(disk, at)?.kind !== "folder") throw error;
  }
}

export function nodeOrNull(disk: LocalDisk, path: string): TreeNode | null {
  try {
    return disk.find(path).node ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
}

/** The folders a path is in, the nearest first, up to the base. */
export function foldersAbove(path: string, base: string): string[] {
  const folders: string[] = [];
  for (let at = path; at.length > base.length;) {
    at = at.slice(0, at.lastIndexOf("/"));
    folders.push(at);
  }
  return folders;
}

/** As fsync(2) of each: a file's bytes, or the names in a folder. */
export function flushPaths(disk: LocalDisk, paths: readonly string[]): void {
  for (const path of paths) disk.unflushed.flush(disk.tree.at(path));
}

export function connectionLost(): TransportError {
  return new TransportError("unreachable", "the NAS started again, and the connection is gone");
}

export function taken(path: string): TransportError {
  return new TransportError("destination_conflict", "something else has that name over there", {
    path,
  });
}

let parts = 0;

/** Of a file that is not whole yet. */
export function partName(): string {
  return `.lf-${(parts++).toString(36)}.part`;
}

export function isPart(name: string): boolean {
  return name.startsWith(".lf-") && name.endsWith(".part");
}

const hashes = new WeakMap<Uint8Array, string>();

/** Of bytes on a disk in memory, which are never changed in place. */
export function sha256Of(bytes: Uint8Array): string {
  let hash = hashes.get(bytes);
  if (hash === undefined) {
    hashes.set(bytes, hash = createHash("sha256").update(bytes).digest("hex"));
  }
  return hash;
}

export function standingOf({ ino, mtimeMs, ctimeMs }: TreeNode): string {
  return `${ino}:${mtimeMs}:${ctimeMs}`;
}

export function* entriesBelow(folder: TreeNode, prefix: string): Generator<FarEntry> {
  for (const [name, node] of folder.children) {
    const path = prefix + name;
    if (isPart(name)) continue;
    const isFile = node.kind === "file";
    yield {
      path,
      kind: isFile ? "file" : node.kind === "folder" ? "folder" : "other",
      sizeBytes: isFile ? node.bytes.length : 0,
      mtimeMs: isFile ? node.mtimeMs : null,
      ...(isFile ? { standing: standingOf(node) } : {}),
    };
    if (node.kind === "folder") yield* entriesBelow(node, `${path}/`);
  }
}

export function joined(farDir: string, name: string): string {
  return farDir === "" ? name : `${farDir}/${name}`;
}
