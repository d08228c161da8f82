/**
 * What the backend behind a remote can do, asked of rclone itself (`operations/fsinfo`): the
 * answer counts wrappers in, and what somebody switched off with `RCLONE_DISABLE`.
 */
import { farSpec, type Features, type RcloneConnection } from "./connection.ts";

/** `fs.ModTimeNotSupported`, a hundred years in nanoseconds. */
const NO_TIMES_NS = 100 * 365 * 24 * 3600 * 1e9;

export async function askFeatures(connection: RcloneConnection): Promise<Features> {
  const end = await connection.ask({
    method: "operations/fsinfo",
    params: { fs: farSpec(connection, "") },
  });
  if (end.answer === null) throw connection.tool.failure("there is no way to", end);
  const { answer } = end;
  const can = asRecord(answer.Features);
  const keepsTimes = Number(answer.Precision) < NO_TIMES_NS;
  return {
    canSetAside: can.Move === true || can.Copy === true,
    // SMB calls itself bucket based, for its shares, and has folders all the same.
    hasFolders: can.BucketBased !== true || can.CanHaveEmptyDirectories === true,
    keepsEmptyFolders: can.CanHaveEmptyDirectories === true,
    keepsTimes,
    listsTimes: keepsTimes && can.SlowModTime !== true,
    hashes: Array.isArray(answer.Hashes) ? answer.Hashes.map(String) : [],
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
