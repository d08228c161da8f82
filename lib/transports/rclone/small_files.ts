/** Small files, a few at a time: staged in a folder here, one request each way. */
import { join } from "node:path";
import { RCLONE_PART_SUFFIX } from "../../disk/mod.ts";
import { MAX_SMALL_FILE_BYTES } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { inFolder, wayTo } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { readStaged, stageFiles } from "../tool/staged_files.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { pathsBehindLinks } from "./far_links.ts";
import { writeNameList } from "./name_list.ts";
import { copyFew } from "./small_requests.ts";
import { standingAt } from "./standing.ts";
import { isAtLeast } from "./tool_version.ts";

const RECORDS_LIMIT_MS = 10 * 60 * 1000;

export async function getFiles(
  connection: RcloneConnection,
  { farDir, names }: { readonly farDir: string; readonly names: readonly string[] },
): Promise<Map<string, Uint8Array | null>> {
  const got = new Map<string, Uint8Array | null>(names.map((name) => [name, null]));
  if (names.length === 0) return got;
  const farName = new Map(names.map((name) => [name, inFolder(farDir, name)]));
  const farNames = [...farName.values()];
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  const stage = join(scratch.path, "stage");
  const linked = connection.backend.localPath === null
    ? new Set<string>()
    : await pathsBehindLinks(connection, { paths: farNames });
  const wanted = farNames.filter((name) => !linked.has(name));
  if (wanted.length === 0) return got;
  await writeNameList(list, wanted);
  const end = await copyFew(connection, {
    from: farSpec(connection, ""),
    to: stage,
    list,
    // The folders on the way are listed, without their links, and nothing else is reached. With
    // `NoTraverse` every name would be asked for by itself, and a link followed.
    config: { MaxTransfer: wanted.length * MAX_SMALL_FILE_BYTES },
    timeoutMs: RECORDS_LIMIT_MS,
  });
  if (end.exitCode !== 0) throw connection.tool.failure("small files could not be read from", end);
  for (const [name, path] of farName) {
    if (!linked.has(path)) got.set(name, await readStaged(stage, path));
  }
  return got;
}

/**
 * With rclone 1.63 and newer each file is written beside its old version and renamed over it; older
 * ones write into it, and a kill in that moment leaves a short file for the next try.
 */
export async function putFiles(
  connection: RcloneConnection,
  { farDir, files }: {
    readonly farDir: string;
    readonly files: ReadonlyMap<string, Uint8Array>;
  },
): Promise<void> {
  if (files.size === 0) return;
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  const stage = join(scratch.path, "stage");
  await writeNameList(list, files.keys());
  await refuseInTheWay(connection, [...files.keys()].map((name) => inFolder(farDir, name)));
  await stageFiles(stage, files);
  const end = await copyFew(connection, {
    from: stage,
    to: farSpec(connection, farDir),
    list,
    config: {
      NoTraverse: true,
      // Equal size and time must not pass for equal bytes.
      IgnoreTimes: true,
      ...(isAtLeast(connection.version, 65) ? { PartialSuffix: RCLONE_PART_SUFFIX } : {}),
    },
    timeoutMs: RECORDS_LIMIT_MS,
  });
  if (end.exitCode !== 0) throw connection.tool.failure("small files could not be put at", end);
}

/**
 * A record replaces its old version and nothing else: a folder of its name, or a file in the place
 * of its folder, stays (over WebDAV rclone would remove such a folder).
 */
async function refuseInTheWay(
  connection: RcloneConnection,
  paths: readonly string[],
): Promise<void> {
  const standing = await standingAt(connection, paths);
  for (const path of paths) {
    for (const step of wayTo(path)) {
      const kind = standing.get(step) ?? null;
      if (kind === null || kind === (step === path ? "file" : "folder")) continue;
      throw new TransportError("destination_conflict", `${path} cannot be written`, {
        why: `${step} at the destination is ${KIND_WORDS[kind]}`,
        hint: "Move it away over there; labferry neither replaces it nor goes through it.",
        path: step,
      });
    }
  }
}

const KIND_WORDS = {
  file: "a file where a folder must be",
  folder: "a folder where a file must be",
  other: "a link or a special file",
} as const;
