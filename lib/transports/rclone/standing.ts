/**
 * What stands at a few far paths and at the folders on their way, spelled exactly so. For a list as
 * long as a run see `far_links.ts` and `in_the_way.ts`.
 *
 * - `local`: the folders are read here;
 * - others: the folders on their way are listed over there (`look_up.ts`). An sftp server is asked
 *   twice: what only shows when links are followed is a link, or behind one.
 */
import { pathBelow, requireBelow, wayTo } from "../tool/far_path.ts";
import { requireBase } from "./base_check.ts";
import type { RcloneConnection } from "./connection.ts";
import { lookUpNames } from "./look_up.ts";

export type StandingKind = "file" | "folder" | "other";

/** What is there, by path; a path that is not there is missing. */
export type Standing = ReadonlyMap<string, StandingKind>;

const LOOK_LIMIT_MS = 10 * 60 * 1000;
/** Stands for "something in this folder" in a list that only names files. */
const INSIDE = ".labferry";

/** @throws {TransportError} `destination_identity` when the base is missing */
export async function standingAt(
  connection: RcloneConnection,
  paths: readonly string[],
): Promise<Standing> {
  // A look over sftp fails without a base by itself.
  if (connection.backend.type !== "sftp" || paths.length === 0) await requireBase(connection);
  for (const path of paths) requireBelow(path);
  if (paths.length === 0) return new Map();
  const { localPath } = connection.backend;
  if (localPath !== null) return await standingHere(localPath, paths);
  const steps = new Set(paths.flatMap(wayTo));
  const look = {
    names: [...steps].flatMap((step) => [step, `${step}/${INSIDE}`]),
    timeoutMs: LOOK_LIMIT_MS,
  };
  const standing = new Map<string, StandingKind>();
  await lookUpNames(connection, {
    ...look,
    followLinks: false,
    onFound: (path, kind) => standing.set(path, kind),
  });
  if (connection.backend.type !== "sftp") return standing;
  await lookUpNames(connection, {
    ...look,
    followLinks: true,
    onFound(path) {
      if (!standing.has(path)) standing.set(path, "other");
    },
  });
  return standing;
}

async function standingHere(
  base: string,
  paths: readonly string[],
): Promise<Map<string, StandingKind>> {
  const folders = new Map<string, ReadonlyMap<string, StandingKind>>();
  const standing = new Map<string, StandingKind>();
  for (const path of paths) {
    let parent = "";
    for (const step of wayTo(path)) {
      if (!folders.has(parent)) folders.set(parent, await readFolder(pathBelow(base, parent)));
      const kind = folders.get(parent)!.get(step.slice(step.lastIndexOf("/") + 1));
      if (kind === undefined) break;
      standing.set(step, kind);
      if (kind !== "folder") break;
      parent = step;
    }
  }
  return standing;
}

async function readFolder(path: string): Promise<Map<string, StandingKind>> {
  const entries = new Map<string, StandingKind>();
  for await (const entry of Deno.readDir(path)) {
    entries.set(entry.name, entry.isFile ? "file" : entry.isDirectory ? "folder" : "other");
  }
  return entries;
}
