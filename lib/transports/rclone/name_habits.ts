/**
 * What the place does to names: two small files are written, and asked for by other spellings of
 * their names. They are asked for directly, each by a request of its own (`NoTraverse`): a listing
 * would be compared by rclone, and it is the place that must answer.
 */
import { join } from "node:path";
import { RCLONE_PART_SUFFIX } from "../../disk/mod.ts";
import type { NameHabits } from "../contract.ts";
import { isDestinationFailure, TransportError } from "../failure.ts";
import { wayTo } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { copyFew, lookUp, removeFew } from "./small_requests.ts";
import { standingAt } from "./standing.ts";

interface NamesIn {
  readonly folder: string;
  readonly names: readonly string[];
}

const UNKNOWN: NameHabits = { foldsCase: null, normalises: null };

/** Null for what could not be found out: nothing may be written there, or it was not found again. */
export async function nameHabits(
  connection: RcloneConnection,
  farDir: string,
): Promise<NameHabits> {
  const folder = await nearestFolder(connection, farDir);
  const random = crypto.getRandomValues(new Uint8Array(6)).toHex();
  const mixed = `.Labferry-Probe-${random}${RCLONE_PART_SUFFIX}`;
  const composed = `.labferry-\u00e9-${random}${RCLONE_PART_SUFFIX}`;
  const other = `.lABFERRY-pROBE-${random}${RCLONE_PART_SUFFIX}`;
  const decomposed = composed.normalize("NFD");
  const written = [mixed, composed];
  try {
    await writeEmpty(connection, { folder, names: written });
  } catch (error) {
    await removeAgain(connection, { folder, names: written });
    if (mayNotWrite(error)) return UNKNOWN;
    throw error;
  }
  try {
    const found = await askFor(connection, {
      folder,
      names: [...written, other, decomposed],
    });
    return {
      foldsCase: found.has(mixed) ? found.has(other) : null,
      normalises: found.has(composed) ? found.has(decomposed) : null,
    };
  } finally {
    await removeAgain(connection, { folder, names: written });
  }
}

/** A place that cannot be reached is a failure; one that takes no such file only answers nothing. */
function mayNotWrite(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false;
  return error.code === "auth" || !isDestinationFailure(error.code);
}

async function nearestFolder(connection: RcloneConnection, farDir: string): Promise<string> {
  if (farDir === "") return "";
  const standing = await standingAt(connection, [farDir]);
  return wayTo(farDir).findLast((step) => standing.get(step) === "folder") ?? "";
}

async function writeEmpty(
  connection: RcloneConnection,
  { folder, names }: NamesIn,
): Promise<void> {
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const stage = join(scratch.path, "stage");
  await Deno.mkdir(stage);
  // One byte: some providers take no empty file.
  for (const name of names) await Deno.writeTextFile(join(stage, name), "\n");
  const end = await copyFew(connection, {
    from: stage,
    to: farSpec(connection, folder),
    config: { NoTraverse: true },
  });
  if (end.exitCode !== 0) throw connection.tool.failure("nothing could be written at", end);
}

async function askFor(
  connection: RcloneConnection,
  { folder, names }: NamesIn,
): Promise<Set<string>> {
  const found = await lookUp(connection, {
    fs: farSpec(connection, folder),
    names,
    direct: true,
  });
  return new Set(found.keys());
}

async function removeAgain(
  connection: RcloneConnection,
  { folder, names }: NamesIn,
): Promise<void> {
  const end = await removeFew(connection, { farDir: folder, names });
  if (end.exitCode !== 0) {
    throw connection.tool.failure("a small file could not be removed at", end);
  }
}
