/**
 * Every entry below a folder, one at a time, without following links. Runs in a worker thread.
 *
 * Files come in the byte order of their whole paths (the order of `checksums.sha256` and of every
 * list of files here), so that two walks, or a walk and a list, can be merged as they stream: a
 * folder therefore sorts as if its name ended with `/`.
 */
import { compareUtf8 } from "../base/bytes.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { fileIdOf } from "./file_identity.ts";
import type { WalkOptions } from "./messages.ts";

/** Deeper trees are a loop of mounts or an accident. */
export const MAX_DEPTH = 256;

export type WalkedKind = "file" | "directory" | "symlink" | "other";
export type WalkProblemCode = "invalid_utf8_name" | "unreadable" | "vanished" | "too_deep";

/** An entry as the file system tells it. */
export interface WalkedEntry {
  readonly kind: WalkedKind;
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeS: number;
  /** `dev:ino`. */
  readonly fileId: string;
  /** True for a folder that holds nothing but skipped folders; only on folders. */
  readonly empty?: boolean;
}

/** An entry that could not be examined, or a folder that could not be entered. */
export interface WalkProblem {
  readonly kind: "problem";
  readonly path: string;
  readonly code: WalkProblemCode;
  readonly message: string;
}

export type WalkEntry = WalkedEntry | WalkProblem;

/**
 * Yields what is below `root`; the root itself is not an entry.
 *
 * @throws LabferryError `not_found`, `link_refused` or `not_a_folder` when the root is none.
 */
export function* walkTreeSync(root: string, options: WalkOptions): Generator<WalkEntry> {
  refuseBadRoot(root);
  const skipped = new Set(options.skipNames ?? []);
  const top = listFolder(root, "", skipped);
  if ("kind" in top) throw diskError("permission_denied", top.message, { path: root });
  yield* walkFolder(root, "", top.names, skipped, 1);
}

function refuseBadRoot(root: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(root);
  } catch (error) {
    throw diskFailure(error, `${root} could not be examined`, root);
  }
  if (info.isSymlink) {
    throw diskError("link_refused", `${root} is a symbolic link`, {
      path: root,
      hint: "Name the folder the link points to.",
    });
  }
  if (!info.isDirectory) throw diskError("not_a_folder", `${root} is not a folder`, { path: root });
}

function* walkFolder(
  root: string,
  prefix: string,
  names: readonly string[],
  skipped: ReadonlySet<string>,
  depth: number,
): Generator<WalkEntry> {
  for (const sortName of names) {
    const isFolder = sortName.endsWith("/");
    const path = prefix + (isFolder ? sortName.slice(0, -1) : sortName);
    const entry = examine(root, path, sortName);
    if (entry.kind !== "directory") {
      yield entry;
      continue;
    }
    if (depth >= MAX_DEPTH) {
      yield entry;
      yield problem(path, "too_deep", `folders are nested deeper than ${MAX_DEPTH}`);
      continue;
    }
    const listed = listFolder(root, path, skipped);
    if ("kind" in listed) {
      yield entry;
      yield listed;
      continue;
    }
    yield { ...entry, empty: listed.names.length === 0 };
    yield* walkFolder(root, `${path}/`, listed.names, skipped, depth + 1);
  }
}

/** The names in a folder, those of folders with a `/` at their end, in byte order. */
function listFolder(
  root: string,
  path: string,
  skipped: ReadonlySet<string>,
): { readonly names: string[] } | WalkProblem {
  const names: string[] = [];
  let ascii = true;
  try {
    for (const entry of Deno.readDirSync(path === "" ? root : `${root}/${path}`)) {
      if (!entry.isDirectory) names.push(entry.name);
      else if (!skipped.has(entry.name)) names.push(`${entry.name}/`);
      ascii &&= isBelowSurrogates(entry.name);
    }
  } catch (error) {
    return problemOf(error, path);
  }
  // Without surrogates JavaScript's own order is the byte order, and several times faster.
  return { names: ascii ? names.sort() : names.sort(compareUtf8) };
}

function isBelowSurrogates(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) >= 0xd800) return false;
  return true;
}

function examine(root: string, path: string, name: string): WalkEntry {
  const absolute = `${root}/${path}`;
  try {
    const info = Deno.lstatSync(absolute);
    return {
      kind: info.isFile
        ? "file"
        : info.isDirectory
        ? "directory"
        : info.isSymlink
        ? "symlink"
        : "other",
      path,
      sizeBytes: info.size,
      mtimeMs: info.mtime?.getTime() ?? 0,
      ctimeS: Math.floor((info.ctime?.getTime() ?? 0) / 1000),
      fileId: fileIdOf(absolute, info),
    };
  } catch (error) {
    // The runtime shows bytes that are no UTF-8 as U+FFFD, and then cannot find the file again.
    if (errnoOf(error) === "ENOENT" && name.includes("\ufffd")) {
      return problem(path, "invalid_utf8_name", "the name is not valid UTF-8");
    }
    return problemOf(error, path);
  }
}

function problemOf(error: unknown, path: string): WalkProblem {
  const errno = errnoOf(error);
  if (errno === null) throw error;
  const failure = diskFailure(error, "", path);
  const why = failure instanceof Error ? failure.message.replace(/^: /, "") : errno;
  return problem(path, errno === "ENOENT" ? "vanished" : "unreadable", why);
}

function problem(path: string, code: WalkProblemCode, message: string): WalkProblem {
  return { kind: "problem", path, code, message };
}
