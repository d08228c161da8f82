/**
 * Shares with habits: a folder shown through FUSE that folds case, runs over its quota, refuses
 * links or times, or fails its Nth write with any error of the system. What is written lies in
 * `diskPath`, where a test can look behind the share's back.
 *
 * Needs `testWith(["fuse"], …)`: without FUSE the test is skipped and says so, with CI=true it fails.
 */
import { signalChild } from "./processes.ts";
import { tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";

/** What a share may be asked for; the names are FUSE's. */
export type ShareOperation =
  | "chmod"
  | "create"
  | "flock"
  | "flush"
  | "fsync"
  | "fsyncdir"
  | "getattr"
  | "link"
  | "mkdir"
  | "open"
  | "read"
  | "readdir"
  | "rename"
  | "rmdir"
  | "unlink"
  | "utimens"
  | "write";

/** Errors are named as in errno.h (`EDQUOT`). */
export interface OddHabits {
  /** `Keep.tif` and `keep.tif` are one file; the spelling it was made with stays. */
  readonly foldsCase?: boolean;
  /** NFC and NFD of a name are one file; the spelling it was made with stays. */
  readonly normalises?: boolean;
  /** As Windows does: dots and spaces at the end of a name are not kept. */
  readonly dropsLastDots?: boolean;
  /** Longest name; encrypted shares take 143. */
  readonly mostNameBytes?: number;
  readonly mostFileBytes?: number;
  readonly quotaBytes?: number;
  /** When it says that the quota is used up; @default "write" */
  readonly quotaAt?: "write" | "fsync";
  /** Coarseness of modification times in seconds. */
  readonly timeStepS?: number;
  readonly noLinks?: string;
  readonly noTimes?: string;
  readonly noModes?: string;
  readonly noLocks?: string;
  readonly noFolderFlush?: string;
  /** Every operation fails so: the server is off, the disk unplugged. */
  readonly down?: string;
  /** It hangs, as by `hang`, when this is asked of a path with that end. */
  readonly hangsAt?: {
    readonly operation: ShareOperation;
    readonly name: string;
    /** The Nth time; counted since `set`. @default 1 */
    readonly nth?: number;
    /** At most so long; @default 45 */
    readonly seconds?: number;
  };
  /** The Nth call of an operation fails, or each from the Nth onwards; counted since `set`. */
  readonly fails?: readonly {
    readonly operation: ShareOperation;
    readonly nth: number;
    readonly errno: string;
    readonly onwards?: boolean;
  }[];
}

export interface OddShare extends AsyncDisposable {
  /** The share, as it is mounted. */
  readonly path: string;
  /** Its disk: the same files without the habits. */
  readonly diskPath: string;
  join(...parts: string[]): string;
  /** Other habits from now on, in place of the former ones. */
  set(habits: OddHabits): Promise<void>;
  /**
   * Gives no answer at all any more, until it is disposed of or goes `on`, 45 seconds at most: a test
   * that fails meanwhile may wait for a program that waits for the share.
   */
  hang(): void;
  on(): void;
  /** True from the moment that it hangs, by `hang` or by `hangsAt`, until it goes on. */
  isHanging(): Promise<boolean>;
}

const LONGEST_HANG_MS = 45_000;
const PROGRAM = new URL("./odd_share.py", import.meta.url).pathname;

export async function oddShare(habits: OddHabits = {}): Promise<OddShare> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-share-"));
  const [path, diskPath] = [dir.join("share"), dir.join("disk")];
  await Deno.mkdir(path);
  await Deno.mkdir(diskPath);
  const set = (now: OddHabits) => replaceText(dir.join("habits.json"), JSON.stringify(now));
  await set(habits);
  const child = new Deno.Command("/usr/bin/python3", {
    args: [PROGRAM, diskPath, path, dir.join("habits.json")],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let ended = false;
  const output = child.output().then(({ stderr }) => {
    ended = true;
    return new TextDecoder().decode(stderr);
  });
  stack.defer(async () => {
    signalChild(child, "SIGCONT");
    await unmount(path);
    signalChild(child, "SIGTERM");
    await output;
  });
  await until(() => ended || isMountPoint(path), { what: `the share ${path}` });
  if (ended) throw new Error(`the share could not be mounted: ${await output}`);
  let bell: ReturnType<typeof setTimeout> | undefined;
  const on = () => {
    clearTimeout(bell);
    signalChild(child, "SIGCONT");
  };
  const hang = () => {
    clearTimeout(bell);
    signalChild(child, "SIGSTOP");
    bell = setTimeout(on, LONGEST_HANG_MS);
  };
  stack.defer(() => clearTimeout(bell));
  const open = stack.move();
  return {
    path,
    diskPath,
    join: (...parts) => [path, ...parts].join("/"),
    set,
    hang,
    on,
    isHanging: async () => {
      const status = await Deno.readTextFile(`/proc/${child.pid}/status`);
      return /^State:\s+T/m.test(status);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Whole at every instant: the share reads it before each operation. */
async function replaceText(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

async function isMountPoint(path: string): Promise<boolean> {
  const table = await Deno.readTextFile("/proc/self/mountinfo");
  return table.split("\n").some((line) => line.split(" ")[4] === path);
}

/** Lazily, so that a file that is still open somewhere does not keep the share. */
async function unmount(path: string): Promise<void> {
  if (!await isMountPoint(path)) return;
  const { success, stderr } = await new Deno.Command("fusermount", {
    args: ["-u", "-z", path],
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`fusermount: ${new TextDecoder().decode(stderr)}`);
}
