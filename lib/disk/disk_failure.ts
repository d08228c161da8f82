/** What the file system refused, as an error a person can act on and a program can branch on. */
import { LabferryError } from "../base/errors.ts";

/**
 * Codes of this room. `source_*` concern the file that is read; the rest concern the place that is
 * written, or both.
 */
export type DiskCode =
  | "already_exists"
  | "device_lost"
  | "disk_full"
  | "io_failed"
  | "link_refused"
  | "lock_timeout"
  | "mount_lost"
  | "name_too_long"
  | "not_a_file"
  | "not_a_folder"
  | "not_found"
  | "outside_root"
  | "permission_denied"
  | "read_only"
  | "source_changed"
  | "source_unreadable"
  | "source_vanished"
  | "thread_lost";

const CODE_OF_ERRNO: Readonly<Record<string, DiskCode>> = {
  EACCES: "permission_denied",
  ECONNABORTED: "device_lost",
  ECONNRESET: "device_lost",
  EDQUOT: "disk_full",
  EEXIST: "already_exists",
  EFBIG: "disk_full",
  EHOSTDOWN: "device_lost",
  EHOSTUNREACH: "device_lost",
  EIO: "device_lost",
  EISDIR: "not_a_file",
  ELOOP: "link_refused",
  ENAMETOOLONG: "name_too_long",
  ENETDOWN: "device_lost",
  ENETUNREACH: "device_lost",
  ENODEV: "device_lost",
  ENOENT: "not_found",
  ENOSPC: "disk_full",
  ENOTCONN: "device_lost",
  ENOTDIR: "not_a_folder",
  ENXIO: "device_lost",
  EPERM: "permission_denied",
  EROFS: "read_only",
  ESTALE: "device_lost",
  ETIMEDOUT: "device_lost",
  // Windows, of a share: not ready, path gone, device gone, network error, name deleted, bad name,
  // timed out, network unreachable (winerror.h).
  OS21: "device_lost",
  OS53: "device_lost",
  OS55: "device_lost",
  OS59: "device_lost",
  OS64: "device_lost",
  OS67: "device_lost",
  OS121: "device_lost",
  OS1231: "device_lost",
};

const HINT_OF_CODE: Partial<Record<DiskCode, string>> = {
  device_lost: "Look at the disk, the cable or the network share; the system log may say more.",
  disk_full: "Free space (or raise the quota) on that disk, then try again.",
  permission_denied: "Let the account labferry runs under read and write there.",
  read_only: "Mount that file system so that it can be written.",
  name_too_long: "Shorten the file's name, or its folders' names.",
  io_failed: "Look at the disk, the cable or the network share; the system log may say more.",
};

/** The system's error name (`ENOSPC`), or null when `error` did not come from the file system. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return code;
  const number = osErrorOf(error);
  return number === null ? null : `OS${number}`;
}

/** The number in Deno's `(os error N)`; Windows codes have no errno name. */
export function osErrorOf(error: unknown): number | null {
  const found = error instanceof Error ? /\(os error (\d+)\)/.exec(error.message) : null;
  return found ? Number(found[1]) : null;
}

/**
 * Wraps a file-system error; anything else (a bug, an abort, one of ours already) is given back
 * as it is, to be thrown on.
 */
export function diskFailure(error: unknown, what: string, path: string): unknown {
  const errno = errnoOf(error);
  if (errno === null || error instanceof LabferryError) return error;
  const code = CODE_OF_ERRNO[errno] ?? "io_failed";
  return diskError(code, what, { path, why: whyOf(error as Error), cause: error });
}

/** A `LabferryError` of this room, with the usual hint of its code unless another is given. */
export function diskError(
  code: DiskCode,
  what: string,
  details: { path: string; why?: string; hint?: string; cause?: unknown },
): LabferryError {
  const hint = details.hint ?? HINT_OF_CODE[code];
  return new LabferryError(code, what, { ...details, ...(hint ? { hint } : {}) });
}

/** `No space left on device`: Deno's message without its operation and number. */
function whyOf(error: Error): string {
  return error.message.replace(/\s*\(os error \d+\).*$/s, "").replace(/^E[A-Z0-9]+: /, "");
}
