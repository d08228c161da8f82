/**
 * Looks at one folder and at what is in it. A disk of this computer is asked at once, which is ten times
 * as fast; a share by the runtime's own threads, and no longer than it may take: one that begins to hang
 * holds up neither the program nor, for long, who asks.
 */
import { Buffer } from "node:buffer";
import { open } from "node:fs/promises";
import type { ShareSilence } from "../process/mod.ts";
import {
  hasStat,
  isProblem,
  isSameStat,
  list,
  listEach,
  look,
  type Problem,
  problemOf,
  READ_FLAGS,
  readSome,
  type Stat,
  statOf,
} from "./look.ts";
import type { SpecialKind } from "./rules/rule.ts";

type Soon<T> = T | Promise<T>;
type OnEntry = Parameters<typeof listEach>[1];

/** As the functions of `look.ts` of these names; paths are of the folder, or directly in it. */
export interface Looks {
  look(path: string): Soon<Stat | Problem>;
  hasStat(
    path: string,
    known: { readonly stats: readonly number[]; readonly at: number },
  ): Soon<boolean>;
  readSome(path: string, maxBytes: number): Soon<Uint8Array | Problem>;
  list(path: string): Promise<Deno.DirEntry[] | Problem>;
  listEach(path: string, onEntry: OnEntry): Promise<Problem | null>;
  /** What is neither file, folder nor link. */
  specialKind(path: string): Soon<SpecialKind>;
}

export const AT_ONCE: Looks = {
  look,
  hasStat,
  readSome,
  list,
  listEach,
  specialKind(path) {
    const info = infoNow(path);
    return isProblem(info) ? "special file" : kindOf(info);
  },
};

function infoNow(path: string): Deno.FileInfo | Problem {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    return problemOf(error, path);
  }
}

export class ShareLooks implements Looks {
  readonly #silence: ShareSilence;
  readonly #folder: string;

  constructor(silence: ShareSilence, folder: string) {
    this.#silence = silence;
    this.#folder = folder;
  }

  async look(path: string): Promise<Stat | Problem> {
    const info = await this.#info(path);
    return isProblem(info) ? info : statOf(info);
  }

  async hasStat(
    path: string,
    { stats, at }: { readonly stats: readonly number[]; readonly at: number },
  ): Promise<boolean> {
    const stat = await this.look(path);
    return !isProblem(stat) && isSameStat(stat, stats.slice(at, at + 4));
  }

  readSome(path: string, maxBytes: number): Promise<Uint8Array | Problem> {
    return this.#within(path, async () => {
      const file = await open(path, READ_FLAGS);
      try {
        const bytes = Buffer.alloc(maxBytes);
        let filled = 0;
        while (filled < maxBytes) {
          const { bytesRead } = await file.read(bytes, filled, maxBytes - filled, null);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      } finally {
        await file.close();
      }
    });
  }

  list(path: string): Promise<Deno.DirEntry[] | Problem> {
    return this.#within(path, () => list(path));
  }

  async listEach(path: string, onEntry: OnEntry): Promise<Problem | null> {
    const entries = await this.list(path);
    if (isProblem(entries)) return entries;
    for (const entry of entries) {
      const paused = onEntry(entry);
      if (paused) await paused;
    }
    return null;
  }

  async specialKind(path: string): Promise<SpecialKind> {
    const info = await this.#info(path);
    return isProblem(info) ? "special file" : kindOf(info);
  }

  #info(path: string): Promise<Deno.FileInfo | Problem> {
    return this.#within(path, () => Deno.lstat(path));
  }

  async #within<T extends object>(path: string, act: () => Promise<T>): Promise<T | Problem> {
    try {
      const answer = await this.#silence.within(this.#folder, act);
      return answer === null ? silentProblem(path, this.#silence.limitMs) : answer.value;
    } catch (error) {
      return problemOf(error, path);
    }
  }
}

export function silentProblem(path: string, limitMs: number): Problem {
  const message = `the share has not answered for ${Math.ceil(limitMs / 1000)} s`;
  return { path, code: "unreadable", message };
}

function kindOf(info: Deno.FileInfo): SpecialKind {
  if (info.isFifo) return "fifo";
  if (info.isSocket) return "socket";
  if (info.isBlockDevice) return "block device";
  return info.isCharDevice ? "character device" : "special file";
}
