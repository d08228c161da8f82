/** What holds when the file is silent, each with its reason. Units are in the names. */
import type { ValidatorSettings } from "./config.ts";

/** Two transfers keep a gigabit link full while one of them is hashing; more only seek the disk. */
export const DEFAULT_MAX_PARALLEL = 2;
/** File events find new runs at once; the scan only catches what events lost. */
export const DEFAULT_SCAN_SECONDS = 30;
/** Longer than the pauses of instrument software between two files of one acquisition. */
export const DEFAULT_SETTLE_SECONDS = 30;
/** A time-lapse may pause for minutes between two frames. */
export const DEFAULT_QUIET_MINUTES = 15;

/** The second look must not meet the caches of the first, nor the same bad hour of a NAS. */
export const DEFAULT_MIN_GAP_HOURS = 12;
/** Disks rot over months; a quarter keeps the reading bearable for a full NAS. */
export const DEFAULT_SCRUB_DAYS = 90;
/** No bound on reading one file back: a proof that stops at a size is no proof of the large ones. */
export const DEFAULT_MAX_STREAM_BYTES = 0;

/** One pass shows that it arrived, the second that it stayed. */
export const DEFAULT_MIN_VERIFY_PASSES = 2;
/** A day gives people the chance to notice what no machine can. */
export const DEFAULT_MIN_AGE_HOURS = 24;

/** READMEs and metadata are far smaller; larger text is instrument output, not a template's. */
export const DEFAULT_CONTENT_SCAN_MAX_MIB = 5;
/** The text formats that templates render. */
export const DEFAULT_CONTENT_SCAN_EXTENSIONS: readonly string[] = [
  ".txt",
  ".md",
  ".csv",
  ".tsv",
  ".json",
  ".yaml",
  ".yml",
  ".toml",
  ".ini",
  ".cfg",
  ".conf",
  ".xml",
  ".sh",
  ".py",
];
/** PATH_MAX of Linux. */
export const DEFAULT_MAX_PATH = 4096;
/** A link means something on this computer only. */
export const DEFAULT_SYMLINKS = "block";
/** Lone < and > are legal on every NAS; whoever opens the data under Windows asks for more. */
export const DEFAULT_WINDOWS_NAMES = false;

/** The whole `validator` section, for whoever has no file (`labferry ship`). */
export const DEFAULT_VALIDATOR: ValidatorSettings = {
  contentScanMaxMib: DEFAULT_CONTENT_SCAN_MAX_MIB,
  contentScanExtensions: DEFAULT_CONTENT_SCAN_EXTENSIONS,
  symlinks: DEFAULT_SYMLINKS,
  windowsNames: DEFAULT_WINDOWS_NAMES,
  maxPath: DEFAULT_MAX_PATH,
};

/** Staged data that nobody clears is kept a day after its proof, as `min_age_hours` does. */
export const DEFAULT_RETAIN_HOURS = 24;

/** Silence is told after an hour, so that a dozen of them may be lost on the way. */
export const DEFAULT_HEARTBEAT_SECONDS = 300;

export const DEFAULT_LISTEN = "127.0.0.1";
/** Unprivileged and rarely taken. */
export const DEFAULT_PORT = 8787;
export const DEFAULT_SSH_PORT = 22;

/** Five old files of 10 MB hold weeks of a quiet service and can still be mailed. */
export const DEFAULT_CENTRAL_LOG_MAX_MB = 10;
export const DEFAULT_CENTRAL_LOG_KEEP = 5;

/**
 * The least ceiling that can be kept: below 1 KiB/s the tools' own limits would round to 0, and 0
 * means "no limit" to them.
 */
export const MIN_UPLOAD_MBPS = 0.01;

/** Times are bounded by ten years, so that no sum of them leaves the range of a timer or a date. */
export const MAX_HOURS = 87_600;
export const MAX_DAYS = 3650;
export const MAX_SECONDS = 86_400;

/** A NAS that is read faster than this is read without a limit. */
export const MAX_SCRUB_GIB = 1_000_000;
/** More than any disk of an instrument PC. */
export const MAX_KEEP_FREE_GB = 10_000_000;
