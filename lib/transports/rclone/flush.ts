/**
 * Putting on its disk what was written over there. rclone has no word for it, so only a folder of
 * this machine can be flushed: directly, or under wrappers (crypt, union …) that keep nothing back.
 */
import { statfs } from "node:fs/promises";
import type { FarFlush } from "../contract.ts";
import { runTool } from "../../process/mod.ts";
import type { Backend } from "./backend.ts";
import type { RcloneConnection } from "./connection.ts";

/**
 * Of statfs(2): where syncfs(2) ends in this kernel. It has written all pages then, but no program
 * behind FUSE and no SMB server (whose client has no `sync_fs`) was asked to put them on its disk. NFS
 * commits with what it writes.
 */
const NOBODY_IS_TOLD: ReadonlyMap<number, string> = new Map([
  [0x65735546, "FUSE"],
  [0xff534d42, "SMB"],
  [0xfe534d42, "SMB"],
]);
/** A disk that takes longer over what is not written yet is as good as dead. */
const FLUSH_LIMIT_MS = 30 * 60 * 1000;

export async function flush(connection: RcloneConnection, signal: AbortSignal): Promise<FarFlush> {
  const { backend } = connection;
  const { localDisks } = backend;
  if (localDisks === null) return { flushed: false, note: noteFor(backend) };
  // The folder may be made only by the first push; its file system is that of what is above it.
  for (const folder of localDisks) {
    const note = await syncFileSystem(folder, signal);
    if (note !== null) return { flushed: false, note };
  }
  return { flushed: true, note: null };
}

/** Whatever wrapper stands before it: who keeps the bytes is named too. */
function noteFor({ type, wrappedTypes }: Backend): string {
  const inner = [...wrappedTypes].sort().join(", ");
  const behind = (type ?? "this remote") + (inner === "" ? "" : ` (over ${inner})`);
  if (type === "sftp") {
    return "not flushed to disk over there: rclone cannot ask an sftp server for it";
  }
  return `not flushed to disk over there: rclone cannot ask ${behind} for it; what it has ` +
    "acknowledged counts as kept only as far as its provider promises";
}

/** What kind of file system hears of no flush; null for one that does. @param type Of statfs(2) */
export function nobodyIsTold(type: number): string | null {
  return NOBODY_IS_TOLD.get(type >>> 0) ?? null;
}

/**
 * The whole file system of one folder, names included (`sync -f`, syncfs(2)); why not, or null. macOS
 * and Windows have nothing that waits until the disk has it.
 */
async function syncFileSystem(folder: string, signal: AbortSignal): Promise<string | null> {
  if (Deno.build.os !== "linux") {
    return "not flushed to disk: this system has no command that waits for a file system's disk";
  }
  const behind = nobodyIsTold((await statfs(folder)).type);
  if (behind !== null) {
    return `not flushed to disk over there: the mounted file system (${behind}) is not told to`;
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
