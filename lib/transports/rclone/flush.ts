/**
 * Putting on its disk what was written over there. rclone has no word for it, so only a folder of
 * this machine can be flushed: directly, or under wrappers (crypt, union …) that keep nothing back.
 */
import { statfs } from "node:fs/promises";
import type { FarFlush } from "../contract.ts";
import { runTool } from "../../process/mod.ts";
import type { RcloneConnection } from "./connection.ts";

/** FUSE_SUPER_MAGIC of statfs(2): syncfs(2) ends in the kernel there, no server hears of it. */
const FUSE = 0x65735546;
/** A disk that takes longer over what is not written yet is as good as dead. */
const FLUSH_LIMIT_MS = 30 * 60 * 1000;

export async function flush(connection: RcloneConnection, signal: AbortSignal): Promise<FarFlush> {
  const { localDisks, type } = connection.backend;
  if (localDisks === null) return { flushed: false, note: noteFor(type) };
  // The folder may be made only by the first push; its file system is that of what is above it.
  for (const folder of localDisks) {
    const note = await syncFileSystem(folder, signal);
    if (note !== null) return { flushed: false, note };
  }
  return { flushed: true, note: null };
}

function noteFor(type: string | null): string {
  const behind = type === null ? "this remote" : type;
  if (type === "sftp") {
    return "not flushed to disk over there: rclone cannot ask an sftp server for it";
  }
  return `not flushed to disk over there: rclone cannot ask ${behind} for it; what it has ` +
    "acknowledged counts as kept only as far as its provider promises";
}

/**
 * The whole file system of one folder, names included (`sync -f`, syncfs(2)); why not, or null. macOS
 * and Windows have nothing that waits until the disk has it.
 */
async function syncFileSystem(folder: string, signal: AbortSignal): Promise<string | null> {
  if (Deno.build.os !== "linux") {
    return "not flushed to disk: this system has no command that waits for a file system's disk";
  }
  if ((await statfs(folder)).type === FUSE) {
    return "not flushed to disk over there: the mounted file system (FUSE) is not told to";
  }
  const outcome = await runTool({
    command: "sync",
    args: ["-f", "--", folder],
    stdout: "bytes",
    signal,
    timeoutMs: FLUSH_LIMIT_MS,
  });
  if (outcome.kind === "cancelled") throw signal.reason;
  if (outcome.kind === "exited" && outcome.code === 0) return null;
  if (outcome.kind === "not_found") {
    return "not flushed to disk: there is no program `sync` on this computer";
  }
  const said = outcome.stderrTail.trim().split("\n").at(-1) ?? "";
  return `not flushed to disk: sync ${outcome.kind === "exited" ? "failed" : "did not end"}${
    said === "" ? "" : ` (${said})`
  }`;
}
