/** The small requests that a session makes of its `rclone rcd` (`rcd.ts`). */
import { join } from "node:path";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { farSpec, type RcloneConnection, type SessionRequest } from "./connection.ts";
import { writeNameList } from "./name_list.ts";
import type { RcEnd } from "./rcd.ts";

export type FoundKind = "file" | "folder";

type Bounds = Pick<SessionRequest, "signal" | "timeoutMs">;

/** What stands in a far folder; of a file `isFile` says afterwards that it was one. */
export function listFolder(
  connection: RcloneConnection,
  { fs, opt, ...bounds }: Bounds & {
    readonly fs: string;
    /** `operations.ListJSONOpt` of rclone. */
    readonly opt: Readonly<Record<string, boolean>>;
  },
): Promise<RcEnd> {
  return connection.ask({
    method: "operations/list",
    params: { fs, remote: "", opt: { ...NAMES_ONLY, ...opt } },
    ...bounds,
  });
}

/** The request failed because it was made of a file instead of a folder. */
export function isFile({ errors }: RcEnd): boolean {
  return errors.some(({ cause }) => cause === "is a file not a directory");
}

/**
 * Which of these names are there, and as what. The folders on their way are listed and compared with
 * the list by rclone; with `direct` each name is asked for by a request of its own, and a folder's
 * name fails.
 */
export async function lookUp(
  connection: RcloneConnection,
  { fs, names, direct = false, ...bounds }: Bounds & {
    readonly fs: string;
    readonly names: Iterable<string>;
    readonly direct?: boolean;
  },
): Promise<Map<string, FoundKind>> {
  const entries = await listNames(connection, { fs, names, direct, ...bounds });
  return new Map(entries.map(({ path, isFolder }) => [path, isFolder ? "folder" : "file"]));
}

/** Files that are asked for one by one; one that is not there is not in the answer. */
export async function statFew(
  connection: RcloneConnection,
  look: Bounds & { readonly fs: string; readonly names: Iterable<string> },
): Promise<Map<string, ListedName>> {
  const entries = await listNames(connection, { ...look, direct: true, times: true });
  return new Map(entries.map((entry) => [entry.path, entry]));
}

export interface ListedName {
  readonly path: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  /** Null where it was not asked for. */
  readonly mtimeMs: number | null;
}

async function listNames(
  connection: RcloneConnection,
  { fs, names, direct, times = false, ...bounds }: Bounds & {
    readonly fs: string;
    readonly names: Iterable<string>;
    readonly direct: boolean;
    readonly times?: boolean;
  },
): Promise<ListedName[]> {
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  await writeNameList(list, names);
  const end = await connection.ask({
    method: "operations/list",
    params: {
      fs,
      remote: "",
      opt: { ...NAMES_ONLY, noModTime: !times, recurse: true },
      _filter: { FilesFromRaw: [list] },
      _config: direct ? { NoTraverse: true, NoUnicodeNormalization: true } : {},
    },
    ...bounds,
  });
  if (end.answer === null) throw connection.tool.failure("there is no way to", end);
  const entries: unknown = end.answer.list;
  const found: ListedName[] = [];
  for (const entry of Array.isArray(entries) ? entries : []) {
    if (typeof entry?.Path !== "string") continue;
    found.push({
      path: entry.Path,
      isFolder: Boolean(entry.IsDir),
      sizeBytes: Number(entry.Size),
      mtimeMs: times ? Date.parse(entry.ModTime) : null,
    });
  }
  return found;
}

const NAMES_ONLY = { noModTime: true, noMimeType: true } as const;

/** Copies files from one place to another; equal size and time are no reason to leave one out. */
export async function copyFew(
  connection: RcloneConnection,
  { from, to, list, config, ...bounds }: Bounds & {
    readonly from: string;
    readonly to: string;
    /** A file of names; without it everything. */
    readonly list?: string;
    /** `fs.ConfigInfo` of rclone, as its flags. */
    readonly config: Readonly<Record<string, unknown>>;
  },
): Promise<RcEnd> {
  return await connection.ask({
    method: "sync/copy",
    params: {
      srcFs: from,
      dstFs: to,
      // A group of its own: limits count what the group has transferred.
      _group: crypto.randomUUID(),
      _config: { IgnoreChecksum: true, ...config },
      ...(list === undefined ? {} : { _filter: { FilesFromRaw: [list] } }),
    },
    ...bounds,
  });
}

/** Removes exactly the listed files of a far folder; one that is not there is no failure. */
export async function removeFew(
  connection: RcloneConnection,
  { farDir, names }: { readonly farDir: string; readonly names: readonly string[] },
): Promise<RcEnd> {
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  await writeNameList(list, names);
  return await connection.ask({
    method: "operations/delete",
    params: {
      fs: farSpec(connection, farDir),
      _filter: { FilesFromRaw: [list] },
      _config: { NoTraverse: true },
    },
  });
}
