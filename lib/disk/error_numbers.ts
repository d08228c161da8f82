/**
 * The system's numbers for what went wrong, by name. Deno names only some of them (`.code`); of the
 * others, and those are what a NAS answers, only `(os error N)` in the message is left.
 */

export type ErrorSystem = "linux" | "darwin" | "windows";

/** errno.h and asm-generic/errno.h. */
const LINUX: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  5: "EIO",
  6: "ENXIO",
  13: "EACCES",
  16: "EBUSY",
  17: "EEXIST",
  18: "EXDEV",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  26: "ETXTBSY",
  27: "EFBIG",
  28: "ENOSPC",
  30: "EROFS",
  31: "EMLINK",
  36: "ENAMETOOLONG",
  37: "ENOLCK",
  38: "ENOSYS",
  39: "ENOTEMPTY",
  40: "ELOOP",
  62: "ETIME",
  64: "ENONET",
  67: "ENOLINK",
  70: "ECOMM",
  84: "EILSEQ",
  95: "ENOTSUP",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  102: "ENETRESET",
  103: "ECONNABORTED",
  104: "ECONNRESET",
  107: "ENOTCONN",
  108: "ESHUTDOWN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  112: "EHOSTDOWN",
  113: "EHOSTUNREACH",
  116: "ESTALE",
  117: "EUCLEAN",
  121: "EREMOTEIO",
  122: "EDQUOT",
  123: "ENOMEDIUM",
  127: "EKEYEXPIRED",
  128: "EKEYREVOKED",
};

/** sys/errno.h of macOS. */
const DARWIN: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  5: "EIO",
  6: "ENXIO",
  13: "EACCES",
  16: "EBUSY",
  17: "EEXIST",
  18: "EXDEV",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  27: "EFBIG",
  28: "ENOSPC",
  30: "EROFS",
  31: "EMLINK",
  45: "ENOTSUP",
  50: "ENETDOWN",
  51: "ENETUNREACH",
  52: "ENETRESET",
  53: "ECONNABORTED",
  54: "ECONNRESET",
  57: "ENOTCONN",
  58: "ESHUTDOWN",
  60: "ETIMEDOUT",
  61: "ECONNREFUSED",
  62: "ELOOP",
  63: "ENAMETOOLONG",
  64: "EHOSTDOWN",
  65: "EHOSTUNREACH",
  66: "ENOTEMPTY",
  69: "EDQUOT",
  70: "ESTALE",
  77: "ENOLCK",
  78: "ENOSYS",
  82: "EPWROFF",
  83: "EDEVERR",
  92: "EILSEQ",
  102: "ENOTSUP",
};

/** winerror.h, by the errno that means the same; what has none keeps its number (`OS225`). */
const WINDOWS: Readonly<Record<number, string>> = {
  // Invalid function: FAT and exFAT say it of hard links.
  1: "ENOTSUP",
  2: "ENOENT",
  3: "ENOENT",
  5: "EACCES",
  15: "ENODEV",
  17: "EXDEV",
  19: "EROFS",
  // The device is not ready; sharing violation and lock violation.
  21: "ENODEV",
  32: "EBUSY",
  33: "EBUSY",
  39: "ENOSPC",
  50: "ENOTSUP",
  51: "EHOSTUNREACH",
  53: "EHOSTUNREACH",
  54: "ETIMEDOUT",
  55: "ENODEV",
  58: "EIO",
  59: "EIO",
  64: "ENOTCONN",
  65: "EACCES",
  67: "EHOSTUNREACH",
  71: "ECONNREFUSED",
  80: "EEXIST",
  88: "EIO",
  112: "ENOSPC",
  121: "ETIMEDOUT",
  123: "EILSEQ",
  145: "ENOTEMPTY",
  183: "EEXIST",
  206: "ENAMETOOLONG",
  223: "EFBIG",
  267: "ENOTDIR",
  1006: "ESTALE",
  1117: "EIO",
  1142: "EMLINK",
  1167: "ENODEV",
  1203: "EHOSTUNREACH",
  1222: "ENETDOWN",
  1225: "ECONNREFUSED",
  1229: "ENOTCONN",
  1231: "ENETUNREACH",
  1232: "EHOSTUNREACH",
  1236: "ECONNABORTED",
  1256: "EHOSTDOWN",
  1295: "EDQUOT",
  1326: "EACCES",
  1909: "EACCES",
  2250: "ENOTCONN",
};

const NAMES: Readonly<Record<ErrorSystem, Readonly<Record<number, string>>>> = {
  linux: LINUX,
  darwin: DARWIN,
  windows: WINDOWS,
};

/**
 * The error's name (`ENOSPC`; `OS225` for a number without one; `UNKNOWN`, as node:fs says), or null
 * when `error` did not come from the system. On Windows the number decides: Deno gives 1 as
 * `EISDIR`, and 5 as `EPERM`.
 */
export function errorNameOf(
  error: unknown,
  system: ErrorSystem = systemHere(),
): string | null {
  if (!(error instanceof Error)) return null;
  const number = osErrorOf(error);
  const code = codeOf(error);
  if (number === null) return code;
  const named = NAMES[system][number];
  if (system === "windows") return named ?? code ?? `OS${number}`;
  return code ?? named ?? `OS${number}`;
}

/** The number in Deno's `(os error N)`. */
export function osErrorOf(error: unknown): number | null {
  const found = error instanceof Error ? /\(os error (\d+)\)/.exec(error.message) : null;
  return found ? Number(found[1]) : null;
}

/** Deno's own name for it. EOPNOTSUPP is ENOTSUP's twin: one number on Linux, two on macOS. */
function codeOf(error: Error): string | null {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string") return null;
  if (code === "EOPNOTSUPP") return "ENOTSUP";
  return code === "UNKNOWN" || /^E[A-Z0-9]+$/.test(code) ? code : null;
}

function systemHere(): ErrorSystem {
  const { os } = Deno.build;
  return os === "windows" || os === "darwin" ? os : "linux";
}
