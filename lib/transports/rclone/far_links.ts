/**
 * Links at the far side. rclone's sftp backend follows them in everything but listings with
 * `--sftp-skip-links`, and its local backend writes through them, so they are looked for before:
 *
 * - `local`: every folder and file on the way is looked at here;
 * - `sftp`: two looks list the way to every name, one leaving links out and one following them;
 *   what only the second one finds lies behind a link.
 *
 * Other backends have no links or do not show them. Somebody who makes a link between the look and
 * the write is not noticed: what an sftp account may reach is for the server to limit.
 */
import { createHash } from "node:crypto";
import { lstatOrNull } from "../../disk/mod.ts";
import { TransportError } from "../failure.ts";
import { pathBelow, wayTo } from "../tool/far_path.ts";
import { requireBase } from "./base_check.ts";
import type { RcloneConnection } from "./connection.ts";
import { isNone } from "./name_list.ts";
import { lookUpNames } from "./look_up.ts";

/** A million names take some minutes over sftp. */
const LOOK_LIMIT_MS = 60 * 60 * 1000;

interface Look {
  /** Far paths below the base. Walked more than once, so an iterator will not do. */
  readonly paths: Iterable<string> | AsyncIterable<string>;
  readonly signal?: AbortSignal;
}

/**
 * The paths that a link stands in the way of, after making sure that the base is there.
 *
 * @throws {TransportError} `destination_identity` when the base is missing
 */
export async function pathsBehindLinks(
  connection: RcloneConnection,
  look: Look,
): Promise<Set<string>> {
  const isEmpty = await isNone(look.paths);
  // A look fails without a base, so it need not be looked for twice. An empty list must never
  // reach rclone: older versions take it for no list at all, which means everything.
  if (connection.backend.type !== "sftp" || isEmpty) await requireBase(connection, look.signal);
  if (isEmpty) return new Set();
  if (connection.backend.localPath !== null) {
    return await behindLocalLinks(connection.backend.localPath, look);
  }
  if (connection.backend.type === "sftp") return await behindSftpLinks(connection, look);
  return new Set();
}

/** @throws {TransportError} `destination_conflict` when a link stands in the way of a write */
export async function refuseLinks(connection: RcloneConnection, look: Look): Promise<void> {
  for (const path of await pathsBehindLinks(connection, look)) {
    throw new TransportError("destination_conflict", `${path} cannot be written`, {
      why: "a link stands in its way at the destination",
      hint: "Remove the link there; labferry never writes through one.",
      path,
    });
  }
}

async function behindLocalLinks(base: string, { paths, signal }: Look): Promise<Set<string>> {
  const folders = new Map<string, boolean>();
  const isBehind = async (path: string): Promise<boolean> => {
    const cut = path.lastIndexOf("/");
    if (cut > 0) {
      const parent = path.slice(0, cut);
      let known = folders.get(parent);
      if (known === undefined) folders.set(parent, known = await isBehind(parent));
      if (known) return true;
    }
    return (await lstatOrNull(pathBelow(base, path)))?.isSymlink ?? false;
  };
  const found = new Set<string>();
  for await (const path of paths) {
    signal?.throwIfAborted();
    if (await isBehind(path)) found.add(path);
  }
  return found;
}

async function behindSftpLinks(connection: RcloneConnection, look: Look): Promise<Set<string>> {
  const names = { [Symbol.asyncIterator]: () => withFolders(look.paths) };
  const bounds = { timeoutMs: LOOK_LIMIT_MS, ...(look.signal ? { signal: look.signal } : {}) };
  // Numbers instead of names: a million of them fit. A clash is one in 10^8 for a million names.
  const real = new Set<number>();
  await lookUpNames(connection, {
    ...bounds,
    names,
    followLinks: false,
    onFound: (name) => real.add(numberOf(name)),
  });
  const linked = new Set<string>();
  await lookUpNames(connection, {
    ...bounds,
    names,
    followLinks: true,
    onFound(name) {
      if (!real.has(numberOf(name))) linked.add(name);
    },
  });
  if (linked.size === 0) return linked;
  const behind = new Set<string>();
  for await (const path of look.paths) if (isBelowAny(path, linked)) behind.add(path);
  return behind;
}

/** A link to a file may have the name of a folder on the way, so those are looked for as files too. */
async function* withFolders(paths: Look["paths"]): AsyncGenerator<string> {
  let last = "";
  for await (const path of paths) {
    for (const step of wayTo(path)) {
      // Sorted as the paths are, most of their folders were just there.
      if (!last.startsWith(`${step}/`)) yield step;
    }
    last = path;
  }
}

function numberOf(name: string): number {
  return createHash("sha1").update(name).digest().readUIntBE(0, 6);
}

function isBelowAny(path: string, linked: ReadonlySet<string>): boolean {
  if (linked.has(path)) return true;
  for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
    if (linked.has(path.slice(0, cut))) return true;
  }
  return false;
}
