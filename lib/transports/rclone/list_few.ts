/**
 * A listing that is known to be short, as one request to rcd. It stands in memory as a whole, here and
 * there, so it is for runs of some thousand files; others are streamed (`list.ts`).
 */
import { LabferryError } from "../../base/mod.ts";
import type { FarEntry } from "../contract.ts";
import { pathBelow } from "../tool/far_path.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { EXIT_DIRECTORY_MISSING } from "./failure.ts";
import { isFile, listFolder } from "./small_requests.ts";

/** As many files may be expected there. */
export const FEW_FILES = 2_000;

/** Nothing for a folder that is missing, or a file; null when it is longer than was expected. */
export async function listFew(
  connection: RcloneConnection,
  { farDir, times, timeoutMs }: {
    readonly farDir: string;
    readonly times: boolean;
    readonly timeoutMs: number;
  },
): Promise<FarEntry[] | null> {
  const fs = farSpec(connection, farDir);
  try {
    const end = await listFolder(connection, {
      fs,
      opt: { recurse: true, noModTime: !times },
      timeoutMs,
    });
    if (end.answer === null) {
      if (end.exitCode === EXIT_DIRECTORY_MISSING || isFile(end)) return [];
      throw connection.tool.failure("not everything could be listed at", end);
    }
    const { list } = end.answer;
    const entries = Array.isArray(list) ? list.map(readEntry).filter((it) => it !== null) : [];
    return [...entries, ...await othersAmong(connection, { farDir, entries })];
  } catch (error) {
    if (error instanceof LabferryError && error.code === "output_too_large") return null;
    throw error;
  }
}

/** One thing as rclone tells of it, in a listing of ours and in rcd's answer. */
export function readEntry(item: unknown): FarEntry | null {
  if (typeof item !== "object" || item === null) return null;
  if (!("Path" in item) || !("Size" in item) || typeof item.Path !== "string") return null;
  const isFolder = "IsDir" in item && item.IsDir === true;
  const mtimeMs = "ModTime" in item && typeof item.ModTime === "string"
    ? Date.parse(item.ModTime)
    : NaN;
  return {
    path: item.Path,
    kind: isFolder ? "folder" : "file",
    sizeBytes: isFolder ? 0 : Number(item.Size),
    mtimeMs: Number.isNaN(mtimeMs) ? null : mtimeMs,
  };
}

/** Links and special files, which rcd only logs; on a disk of this machine they are seen from here. */
async function othersAmong(
  { backend }: RcloneConnection,
  { farDir, entries }: { readonly farDir: string; readonly entries: readonly FarEntry[] },
): Promise<FarEntry[]> {
  const { localPath } = backend;
  if (localPath === null) return [];
  const others: FarEntry[] = [];
  const folders = entries.filter(({ kind }) => kind === "folder").map(({ path }) => path);
  for (const folder of ["", ...folders]) {
    const above = pathBelow(pathBelow(localPath, farDir), folder);
    for await (const { name, isFile, isDirectory } of Deno.readDir(above)) {
      if (isFile || isDirectory) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      others.push({ path, kind: "other", sizeBytes: 0, mtimeMs: null });
    }
  }
  return others;
}
