/**
 * GNU find as a disk thread's other pair of hands: one process that lists and stats whole trees. It has
 * no say of its own: what it reports counts only if it said nothing else (`runFind`).
 */
import { errnoOf } from "./disk_failure.ts";

/** The records of one run of find, as bytes. */
export interface FindOutput {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** False when it was ended because it had more to say; the last tree it was in is not whole then. */
  readonly isWhole: boolean;
}

export interface FindRun {
  /** Absolute paths of folders, in the order in which they are wanted. */
  readonly starts: readonly string[];
  /** As `WalkOptions.skipNames`. */
  readonly skipNames: readonly string[];
  /** So many levels below each start. */
  readonly maxDepth: number;
  /** What it writes beyond that is not taken, and it is ended. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * A record: kind, size, mtime and ctime in seconds with their fraction, device and number, names,
 * blocks of 512 bytes, and the path below its start, which is empty for the start itself. Only the path
 * may hold a space, nothing a NUL but the end.
 */
const RECORD = "%y %s %T@ %C@ %D:%i %n %b %P\\0";
/** Never looked up: a program of that name in some folder of a person's PATH is not asked. */
const PLACES = ["/usr/bin/find", "/bin/find"] as const;
/** Older ones may not tell of every listing that breaks off; this one does. */
const GNU = /^find \(GNU findutils\) (\d+)\.(\d+)/;
const SINCE = [4, 9] as const;
/** In its own encoding names are bytes, and nothing is translated. */
const AS_IT_IS = { clearEnv: true, env: { LC_ALL: "C" }, cwd: "/", stdin: "null" } as const;

let program: Promise<string | null> | null = null;

/** GNU find of this computer, 4.9 or later; null where there is none. Asked once a thread. */
export function gnuFind(): Promise<string | null> {
  return program ??= lookForFind();
}

async function lookForFind(): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  for (const place of PLACES) {
    try {
      const { stdout } = await new Deno.Command(place, {
        args: ["--version"],
        ...AS_IT_IS,
        stdout: "piped",
        stderr: "null",
      }).output();
      const [, major, minor] = GNU.exec(new TextDecoder().decode(stdout)) ?? [];
      const version = Number(major) * 1000 + Number(minor);
      if (version >= SINCE[0] * 1000 + SINCE[1]) return place;
    } catch (error) {
      if (!isNotToBeHad(error)) throw error;
    }
  }
  return null;
}

/**
 * Null when find could not be started, found fault with anything, failed, or was stopped. find goes on
 * after an error (a folder that it may not enter, a listing that breaks off) and says so on its second
 * output, before it reports anything of what comes later. That output is read to its end here, so what
 * is given is whole: each tree of it, but for the last one where it `isWhole` not.
 */
export async function runFind(find: string, run: FindRun): Promise<FindOutput | null> {
  const { starts, skipNames, maxDepth, maxBytes, signal } = run;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(find, {
      args: [...starts, "-maxdepth", String(maxDepth), ...skipping(skipNames), "-printf", RECORD],
      ...AS_IT_IS,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (isNotToBeHad(error)) return null;
    throw error;
  }
  const end = () => kill(child);
  const stopped = Promise.withResolvers<null>();
  const onAbort = () => {
    end();
    // One that hangs with its share dies when the share answers; nobody waits for that.
    stopped.resolve(null);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([stopped.promise, outputOf(child, { maxBytes, end })]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function skipping(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const any = names.flatMap((name) => ["-o", "-name", name.replace(/[\\*?[]/g, "\\$&")]).slice(1);
  return ["-type", "d", "(", ...any, ")", "-prune", "-o"];
}

async function outputOf(
  child: Deno.ChildProcess,
  { maxBytes, end }: { readonly maxBytes: number; readonly end: () => void },
): Promise<FindOutput | null> {
  const [records, hasComplained, { code }] = await Promise.all([
    recordsOf(child.stdout, { maxBytes, end }),
    saysAnything(child.stderr, end),
    child.status,
  ]);
  if (hasComplained || (records.isWhole && code !== 0)) return null;
  return records;
}

async function recordsOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxBytes, end }: { readonly maxBytes: number; readonly end: () => void },
): Promise<FindOutput> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let isWhole = true;
  for await (const chunk of stream) {
    if (!isWhole) continue;
    const room = maxBytes - length;
    chunks.push(chunk.subarray(0, room));
    length += Math.min(room, chunk.length);
    if (chunk.length <= room) continue;
    isWhole = false;
    end();
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes, isWhole };
}

/** Reads to the end, so that the answer holds for all that was reported. */
async function saysAnything(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  end: () => void,
): Promise<boolean> {
  let has = false;
  for await (const chunk of stream) {
    if (chunk.length > 0 && !has) {
      has = true;
      end();
    }
  }
  return has;
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** No such program, none that may be run, none that this computer has room for now. */
function isNotToBeHad(error: unknown): boolean {
  return errnoOf(error) !== null || error instanceof Deno.errors.NotCapable;
}
