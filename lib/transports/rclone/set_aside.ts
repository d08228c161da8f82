/**
 * Moving what stands over there out of the way, into a folder where nothing of that name is.
 *
 * Files go together in one `rclone move` of exactly these names; a folder goes whole, in a move of
 * its own. Where the server can rename it does; where it can only copy, rclone copies, compares and
 * deletes; killed between, a file is under one of its names or under both. Where it can do neither,
 * the bytes would have to come here and go back: that is refused before anything is touched.
 */
import { join } from "node:path";
import { TransportError } from "../failure.ts";
import { wayTo } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { writeNameList } from "./name_list.ts";
import { type Standing, standingAt } from "./standing.ts";
import { shownAddress } from "./remote_address.ts";

/** A place that copies instead of renaming may take that long over a folder. */
const MOVE_LIMIT_MS = 24 * 60 * 60 * 1000;

export interface AsideRequest {
  readonly farDir: string;
  /** Below `farDir`; may hold `/`. */
  readonly names: readonly string[];
  readonly intoDir: string;
}

/**
 * The names that were moved: those that were there, spelled exactly so.
 *
 * @throws {TransportError} `destination_conflict` for a target that is taken, for a link, and where
 * the place can neither rename nor copy; nothing was moved then
 */
export async function setAside(
  connection: RcloneConnection,
  { farDir, names, intoDir }: AsideRequest,
): Promise<string[]> {
  if (names.length === 0) return [];
  const from = (name: string) => below(farDir, name);
  const into = (name: string) => below(intoDir, name);
  const standing = await standingAt(connection, names.flatMap((name) => [from(name), into(name)]));
  const present = names.filter((name) => standing.has(from(name)));
  if (present.length === 0) return [];
  for (const name of present) {
    refuseLinks(standing, from(name));
    refuseTaken(standing, { name, target: into(name) });
  }
  if (!(await connection.features()).canSetAside) throw cannotSetAside(connection, present[0]!);
  const kindOf = (name: string) => standing.get(from(name));
  const files = present.filter((name) => kindOf(name) === "file");
  await moveFiles(connection, { farDir, names: files, intoDir });
  for (const name of present) {
    if (kindOf(name) === "folder") {
      await moveFolder(connection, { from: from(name), into: into(name) });
    }
  }
  const left = await leftOf(connection, present.map(from));
  for (const name of present) {
    if (left.has(from(name))) throw notMoved(from(name), into(name));
  }
  return present;
}

/** What stands there still. A move file by file leaves the folder itself: it goes if it is empty. */
async function leftOf(connection: RcloneConnection, paths: readonly string[]): Promise<Standing> {
  const left = await standingAt(connection, paths);
  const folders = paths.filter((path) => left.get(path) === "folder");
  if (folders.length === 0) return left;
  for (const path of folders) {
    const end = await connection.run({
      args: ["rmdirs", farSpec(connection, path), "--dry-run=false"],
    });
    if (end.exitCode !== 0) {
      throw connection.tool.failure("a folder could not be set aside at", end);
    }
  }
  return await standingAt(connection, paths);
}

export function cannotSetAside(connection: RcloneConnection, path: string): TransportError {
  return new TransportError("destination_conflict", `${path} is in the way`, {
    why: `${
      shownAddress(connection.address)
    } can neither rename nor copy a file, so nothing there can be set aside`,
    hint: "Move it away over there by hand, or choose a destination that can rename.",
    path,
  });
}

async function moveFiles(
  connection: RcloneConnection,
  { farDir, names, intoDir }: AsideRequest,
): Promise<void> {
  if (names.length === 0) return;
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  await writeNameList(list, names);
  const end = await connection.run({
    args: [
      "move",
      farSpec(connection, farDir),
      farSpec(connection, intoDir),
      `--files-from-raw=${list}`,
      ...MOVE_FLAGS,
    ],
    timeoutMs: MOVE_LIMIT_MS,
  });
  if (end.exitCode !== 0) throw connection.tool.failure("files could not be set aside at", end);
}

async function moveFolder(
  connection: RcloneConnection,
  { from, into }: { readonly from: string; readonly into: string },
): Promise<void> {
  const end = await connection.run({
    args: [
      "move",
      farSpec(connection, from),
      farSpec(connection, into),
      "--create-empty-src-dirs",
      "--delete-empty-src-dirs",
      ...MOVE_FLAGS,
    ],
    timeoutMs: MOVE_LIMIT_MS,
  });
  if (end.exitCode !== 0) throw connection.tool.failure("a folder could not be set aside at", end);
}

const MOVE_FLAGS = [
  // With a target that was made since the look, both files stay.
  "--ignore-existing",
  // Two spellings of a name are two names here.
  "--no-unicode-normalization",
  "--sftp-skip-links",
  "--dry-run=false",
] as const;

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function refuseLinks(standing: Standing, path: string): void {
  const link = wayTo(path).find((step) => standing.get(step) === "other");
  if (link === undefined) return;
  throw new TransportError("destination_conflict", `${link} cannot be set aside`, {
    why: "it is a link or a special file at the destination, which rclone does not move",
    hint: "Remove it there; labferry never goes through one.",
    path: link,
  });
}

/** Nothing may be at the target, and only folders on the way to it. */
function refuseTaken(
  standing: Standing,
  { name, target }: { name: string; target: string },
): void {
  const taken = wayTo(target).find((step) =>
    standing.has(step) && (step === target || standing.get(step) !== "folder")
  );
  if (taken === undefined) return;
  throw new TransportError("destination_conflict", `${name} could not be set aside`, {
    why: `${taken} is there already`,
    path: taken,
  });
}

function notMoved(from: string, into: string): TransportError {
  return new TransportError("destination_conflict", `${from} could not be set aside whole`, {
    why: `part of it is still there; the rest, and nothing else, is in ${into}`,
    hint: "Look for links in it, and for somebody who works there at this moment.",
    path: from,
  });
}
