/**
 * Puts a disk in memory where the runtime's file functions are. They are the door through which every
 * room reaches a disk, so that what runs is the product's own code down to the last call. `/proc` is
 * answered as on a computer on which nobody else runs.
 */
import { LocalDisk, SIM } from "./local_disk.ts";

/** The disk that answers now; null before the first life. */
let current: LocalDisk | null = null;
let isInstalled = false;

export interface Machine {
  /** Files that some program holds open for writing. */
  readonly openForWriting: () => readonly string[];
}

let machine: Machine = { openForWriting: () => [] };

export function useDisk(disk: LocalDisk, about: Machine = { openForWriting: () => [] }): void {
  current = disk;
  machine = about;
  if (!isInstalled) install();
  isInstalled = true;
}

type AnyFunction = (...args: never[]) => unknown;

/** Which disk answers for a path; null: the real one. */
function diskOf(path: unknown): LocalDisk | null {
  const text = path instanceof URL ? path.pathname : path;
  if (typeof text !== "string") return null;
  return current && (text === SIM || text.startsWith(`${SIM}/`)) ? current : null;
}

function install(): void {
  const text = new TextDecoder();
  const encoded = new TextEncoder();
  const eager = (name: string, act: (disk: LocalDisk, ...args: never[]) => unknown) => {
    // At once, and told later: as a call that the system has already taken.
    door(name, (disk, args) => {
      try {
        return Promise.resolve(act(disk, ...args));
      } catch (error) {
        return Promise.reject(error);
      }
    });
    door(`${name}Sync`, (disk, args) => act(disk, ...args));
  };
  eager("stat", (disk, path: string) => disk.stat(path));
  eager("lstat", (disk, path: string) => disk.lstat(path));
  eager("realPath", (disk, path: string) => disk.realPath(path));
  eager("readFile", (disk, path: string) => disk.readFile(path));
  eager("readTextFile", (disk, path: string) => text.decode(disk.readFile(path)));
  eager(
    "writeFile",
    (disk, path: string, bytes: Uint8Array, options?: Deno.WriteFileOptions) =>
      disk.writeFile(path, bytes, options),
  );
  eager(
    "writeTextFile",
    (disk, path: string, content: string, options?: Deno.WriteFileOptions) =>
      disk.writeFile(path, encoded.encode(content), options),
  );
  eager("open", (disk, path: string, options?: Deno.OpenOptions) => disk.open(path, options));
  eager("mkdir", (disk, path: string, options?: Deno.MkdirOptions) => disk.mkdir(path, options));
  eager("remove", (disk, path: string, how?: Deno.RemoveOptions) => disk.remove(path, how));
  eager("rename", (disk, from: string, to: string) => disk.rename(from, to));
  eager("link", (disk, from: string, to: string) => disk.link(from, to));
  eager("readLink", (disk, path: string) => disk.readLink(path));
  eager("chmod", () => {});
  eager("chown", () => {});
  eager("utime", (disk, path: string, _at: number, mtime: number) => disk.utime(path, mtime));
  door("symlink", (disk, [to, path]) => Promise.resolve(disk.symlink(to!, path!)), 1);
  door("symlinkSync", (disk, [to, path]) => disk.symlink(to!, path!), 1);
  door("readDir", (disk, [path]) => asyncOf(() => disk.readDir(path!)));
  door("readDirSync", (disk, [path]) => disk.readDir(path!)[Symbol.iterator]());
  tempDirs();
  proc();
}

function door(
  name: string,
  act: (disk: LocalDisk, args: string[] & never[]) => unknown,
  pathAt = 0,
): void {
  const table = Deno as unknown as Record<string, AnyFunction>;
  const real = table[name]!;
  table[name] = (...args: never[]) => {
    const disk = diskOf(args[pathAt]);
    return disk ? act(disk, args as string[] & never[]) : real(...args);
  };
}

async function* asyncOf<T>(list: () => readonly T[]): AsyncGenerator<T> {
  yield* await Promise.resolve(list());
}

function tempDirs(): void {
  const real = Deno.makeTempDir;
  Deno.makeTempDir = (options) => {
    const disk = diskOf(options?.dir);
    return disk ? Promise.resolve(disk.makeTempDir(options)) : real(options);
  };
}

const WRITER_PID = 4711;

/** One other process, which holds what the life says it holds. */
function proc(): void {
  const table = Deno as unknown as Record<string, AnyFunction>;
  const real = {
    readDirSync: table["readDirSync"]!,
    readLinkSync: table["readLinkSync"]!,
    readTextFileSync: table["readTextFileSync"]!,
  };
  const fd = new RegExp(`^/proc/${WRITER_PID}/fd/(\\d+)$`);
  const entry = (name: string) => ({
    name,
    isFile: false,
    isDirectory: true,
    isSymlink: false,
  });
  table["readDirSync"] = (...args: never[]) => {
    const path = args[0] as unknown;
    if (path === "/proc") return [entry(String(WRITER_PID))][Symbol.iterator]();
    if (path !== `/proc/${WRITER_PID}/fd`) return real.readDirSync(...args);
    return machine.openForWriting().map((_, i) => entry(String(i)))[Symbol.iterator]();
  };
  table["readLinkSync"] = (...args: never[]) => {
    const at = fd.exec(String(args[0]))?.[1];
    return at === undefined ? real.readLinkSync(...args) : machine.openForWriting()[Number(at)];
  };
  let own: unknown = null;
  table["readTextFileSync"] = (...args: never[]) => {
    const path = String(args[0]);
    if (!path.startsWith("/proc/")) return real.readTextFileSync(...args);
    if (path === "/proc/self/mountinfo") return "";
    if (path.startsWith(`/proc/${WRITER_PID}/fdinfo/`)) return "flags:\t0100002\n";
    if (path !== "/proc/self/stat" && path !== `/proc/${Deno.pid}/stat`) {
      return real.readTextFileSync(...args);
    }
    return own ??= real.readTextFileSync(...args);
  };
}
