/** What the file system refused, as an error a person can act on and a program can branch on. */
import { LabferryError } from "../base/errors.ts";
import { errorNameOf } from "./error_numbers.ts";

/**
 * Codes of this room. `source_*` concern the file that is read; the rest concern the place that is
 * written, or both.
 */
export type DiskCode =
  | "already_exists"
  | "device_lost"
  | "disk_full"
  | "file_in_use"
  | "file_too_large"
  | "io_failed"
  | "link_refused"
  | "lock_timeout"
  | "mount_lost"
  | "name_refused"
  | "name_too_long"
  | "no_locks"
  | "not_a_file"
  | "not_a_folder"
  | "not_found"
  | "other_device"
  | "outside_root"
  | "permission_denied"
  | "read_only"
  | "source_busy"
  | "source_changed"
  | "source_unreadable"
  | "source_vanished"
  | "thread_lost";

const CODE_OF_ERROR: Readonly<Record<string, DiskCode>> = {
  EACCES: "permission_denied",
  ECOMM: "device_lost",
  ECONNABORTED: "device_lost",
  ECONNREFUSED: "device_lost",
  ECONNRESET: "device_lost",
  EDEVERR: "device_lost",
  EDQUOT: "disk_full",
  EEXIST: "already_exists",
  EFBIG: "file_too_large",
  EHOSTDOWN: "device_lost",
  EHOSTUNREACH: "device_lost",
  EILSEQ: "name_refused",
  EIO: "device_lost",
  EISDIR: "not_a_file",
  EKEYEXPIRED: "permission_denied",
  EKEYREVOKED: "permission_denied",
  ELOOP: "link_refused",
  ENAMETOOLONG: "name_too_long",
  ENETDOWN: "device_lost",
  ENETRESET: "device_lost",
  ENETUNREACH: "device_lost",
  ENODEV: "device_lost",
  ENOENT: "not_found",
  ENOLCK: "no_locks",
  ENOLINK: "device_lost",
  ENOMEDIUM: "device_lost",
  ENONET: "device_lost",
  ENOSPC: "disk_full",
  ENOTCONN: "device_lost",
  ENOTDIR: "not_a_folder",
  ENXIO: "device_lost",
  EPERM: "permission_denied",
  EPWROFF: "device_lost",
  EREMOTEIO: "device_lost",
  EROFS: "read_only",
  ESHUTDOWN: "device_lost",
  ESTALE: "device_lost",
  ETIME: "device_lost",
  ETIMEDOUT: "device_lost",
  EUCLEAN: "device_lost",
  EXDEV: "other_device",
};

const HINT_OF_CODE: Partial<Record<DiskCode, string>> = {
  device_lost: "Look at the disk, the cable or the network share; the system log may say more.",
  file_in_use: "Close the program that has it open; it is tried again by itself.",
  file_too_large: "Use a destination whose file system takes large files (FAT32 ends at 4 GiB).",
  other_device: "Let that folder be on the same file system as the base, not a mount of its own.",
  name_refused: "Rename the file: the file system there has no such names.",
  disk_full: "Free space (or raise the quota) on that disk, then try again.",
  permission_denied: "Let the account labferry runs under read and write there.",
  read_only: "Mount that file system so that it can be written.",
  name_too_long: "Shorten the file's name, or its folders' names.",
  io_failed: "Look at the disk, the cable or the network share; the system log may say more.",
};

/** The system's error name (`ENOSPC`), or null when `error` did not come from the file system. */
export function errnoOf(error: unknown): string | null {
  return errorNameOf(error);
}

/** What an error of the file system is for this room; `io_failed` where it has no code of its own. */
export function diskCodeOf(errorName: string): DiskCode {
  // On Windows 32 and 33, and nothing else, are called so; elsewhere it is a busy device.
  if (errorName === "EBUSY" && Deno.build.os === "windows") return "file_in_use";
  return CODE_OF_ERROR[errorName] ?? "io_failed";
}

/**
 * Wraps a file-system error; anything else (a bug, an abort, one of ours already) is given back
 * as it is, to be thrown on.
 */
export function diskFailure(error: unknown, what: string, path: string): unknown {
  const errno = errnoOf(error);
  if (errno === null || error instanceof LabferryError) return error;
  return diskError(diskCodeOf(errno), what, { path, why: whyOf(error as Error), cause: error });
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
