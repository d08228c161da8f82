/** What one service knows of sessions: its own parts from the queue, those of others from the bases. */
import { basename, join } from "node:path";
import { type Clock, LabferryError } from "../base/mod.ts";
import { entriesOf, errnoOf, lstatOrNull, readOrNull } from "../disk/mod.ts";
import { ANSWER_MS, ShareSilence } from "../process/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import { partText, readPart, type SessionPart } from "./part_file.ts";
import { sessionFolder, SESSIONS_DIR } from "./place.ts";
import { sessionIdOf, type SessionRule } from "./session_id.ts";

export interface SessionsOptions {
  readonly rules: ReadonlyMap<string, SessionRule>;
  /** Folders of this computer: bases of other equipment. */
  readonly bases: readonly string[];
  readonly queue: { readonly meta: Pick<Queue["meta"], "get" | "set"> };
  /** A share that gives no answer for so long is said to hang. @default 30 s */
  readonly answerMs?: number;
}

export interface SessionOf {
  readonly id: string;
  readonly parts: readonly string[];
}

export interface PartStanding {
  readonly equipment: string;
  readonly state: "proven" | "sealed" | "missing";
  readonly part: SessionPart | null;
}

export interface SessionStanding extends SessionOf {
  readonly isComplete: boolean;
  readonly parts: readonly string[];
  readonly standing: readonly PartStanding[];
  /** What could not be read, as people read it. */
  readonly faults: readonly string[];
}

/** Sessions that are shown and remembered: the newest. */
const MOST_SESSIONS = 500;
/** What was read is good for so long. */
const FRESH_MS = 15_000;
const PATIENCE_MS = 400;
const MOST_PART_BYTES = 8 * 1024 * 1024;
const KEY = "sessions";

export class Sessions {
  readonly #options: SessionsOptions;
  #cache: readonly SessionStanding[] = [];
  #readAtMs = -Infinity;
  #reading: Promise<unknown> | null = null;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** True when any equipment here has sessions. */
  get isAny(): boolean {
    return this.#options.rules.size > 0;
  }

  /** Null for a run of no session. */
  of({ equipmentId, dataDir, members }: SessionRunNames): SessionOf | null {
    const rule = this.#options.rules.get(equipmentId);
    if (rule === undefined) return null;
    const id = sessionIdOf(members?.key ?? basename(dataDir), rule);
    return id === null ? null : { id, parts: rule.parts };
  }

  /** How the part stood when it was last written over there; null when it never was. */
  ownPart(session: string, equipment: string): SessionPart | null {
    return this.#own().get(keyOf(session, equipment)) ?? null;
  }

  /** Remembered before it goes: what is over there later is known to be ours. */
  remember(part: SessionPart): void {
    const all = this.#own();
    all.delete(keyOf(part.session, part.equipment));
    all.set(keyOf(part.session, part.equipment), part);
    const newest = [...all.values()].slice(-MOST_SESSIONS);
    const texts = newest.map((one) => new TextDecoder().decode(partText(one)));
    this.#options.queue.meta.set(KEY, JSON.stringify(texts));
  }

  /** As it was read last (`read`); our own parts as they are now. */
  get known(): readonly SessionStanding[] {
    const own = [...this.#own().values()];
    const fresh = own.filter(({ session }) => !this.#cache.some(({ id }) => id === session));
    const ids = new Map(fresh.map(({ session, parts }) => [session, parts]));
    return [
      ...[...ids].map(([id, parts]) => standing({ id, parts }, { found: own, faults: [] })),
      ...this.#cache.map((one) => this.#withOwn(one, own)),
    ].reverse().slice(0, MOST_SESSIONS);
  }

  /** What the others say, read anew now and then; whoever shows it waits no longer than a moment. */
  async refreshed(clock: Clock): Promise<readonly SessionStanding[]> {
    if (!this.isAny) return [];
    if (this.#reading === null && clock.monotonicMs() - this.#readAtMs > FRESH_MS) {
      this.#readAtMs = clock.monotonicMs();
      this.#reading = this.read().finally(() => this.#reading = null);
      // Whoever waits hears of a fault of ours; nobody else does.
      this.#reading.catch(() => {});
    }
    if (this.#reading !== null) {
      const late = new AbortController();
      // It is ended when the answer is there first.
      const moment = clock.sleep(PATIENCE_MS, late.signal).catch(() => {});
      await Promise.race([this.#reading, moment]);
      late.abort();
    }
    return this.known;
  }

  /** Reads what the others say. Never throws for what lies there. */
  async read(): Promise<readonly SessionStanding[]> {
    const own = [...this.#own().values()];
    const ids = new Map(own.map(({ session, parts }) => [session, parts]));
    const faults: string[] = [];
    const bases = await this.#readable(faults);
    const theirs = new Set<string>();
    for (const base of bases) {
      for (const id of await sessionsAt(base, faults)) if (!ids.has(id)) theirs.add(id);
    }
    const all: SessionStanding[] = [];
    // Our own come last: of too many they are the ones that stay.
    const found = [...[...theirs].map((id) => [id, []] as const), ...ids];
    for (const [id, parts] of found.slice(-MOST_SESSIONS)) {
      all.push(await this.#readOne({ id, parts }, { bases, own, faults }));
    }
    this.#cache = all;
    return this.known;
  }

  /** One session now. */
  async standingOf(session: SessionOf): Promise<SessionStanding> {
    const faults: string[] = [];
    const bases = await this.#readable(faults);
    const own = [...this.#own().values()];
    const one = await this.#readOne(session, { bases, own, faults });
    this.#cache = [...this.#cache.filter(({ id }) => id !== session.id), one];
    return one;
  }

  async #readOne(
    { id, parts }: SessionOf,
    { bases, own, faults }: {
      readonly bases: readonly string[];
      readonly own: readonly SessionPart[];
      readonly faults: readonly string[];
    },
  ): Promise<SessionStanding> {
    const found = [...own];
    const told = [...faults];
    for (const base of bases) {
      for (const name of await filesAt(join(base, sessionFolder(id)), told)) {
        const equipment = name.replace(/\.json$/, "");
        if (found.some((part) => part.session === id && part.equipment === equipment)) continue;
        const path = join(base, sessionFolder(id), name);
        const read = await readAt(path, { session: id, equipment });
        if ("part" in read) found.push(read.part);
        else told.push(`${path}: ${read.fault}`);
      }
    }
    return standing({ id, parts }, { found, faults: told });
  }

  #withOwn(one: SessionStanding, own: readonly SessionPart[]): SessionStanding {
    const others = one.standing.flatMap(({ part }) => part ?? [])
      .filter((part) => !own.some((mine) => isSame(mine, part)));
    return standing(one, { found: [...own, ...others], faults: one.faults });
  }

  async #readable(faults: string[]): Promise<string[]> {
    const silence = new ShareSilence(this.#options.answerMs ?? ANSWER_MS);
    const bases: string[] = [];
    for (const base of this.#options.bases) {
      if (await silence.at(base)) faults.push(`${base} does not answer`);
      else if (!(await infoAt(base))?.isDirectory) faults.push(`${base} is not there`);
      else bases.push(base);
    }
    return bases;
  }

  #own(): Map<string, SessionPart> {
    const texts: unknown = JSON.parse(this.#options.queue.meta.get(KEY) ?? "[]");
    const parts = (Array.isArray(texts) ? texts : []).flatMap((text): SessionPart[] => {
      const bytes = new TextEncoder().encode(String(text));
      const { session, equipment } = JSON.parse(String(text)) as SessionPart;
      const read = readPart(bytes, { session, equipment });
      return "part" in read ? [read.part] : [];
    });
    return new Map(parts.map((part) => [keyOf(part.session, part.equipment), part]));
  }
}

type SessionRunNames = Pick<Job, "equipmentId" | "dataDir" | "members">;

function keyOf(session: string, equipment: string): string {
  return `${session}/${equipment}`;
}

function isSame(a: SessionPart, b: SessionPart): boolean {
  return a.session === b.session && a.equipment === b.equipment;
}

/** Which parts there have to be is what any of them says: a PC whose configuration is older names fewer. */
function standing(
  { id, parts }: SessionOf,
  { found, faults }: { readonly found: readonly SessionPart[]; readonly faults: readonly string[] },
): SessionStanding {
  const own = found.filter(({ session }) => session === id);
  const named = [...new Set([...parts, ...own.flatMap((part) => [...part.parts, part.equipment])])];
  const stand = named.sort().map((equipment): PartStanding => {
    const part = own.find((one) => one.equipment === equipment) ?? null;
    const runs = part?.runs ?? [];
    const state = runs.length === 0
      ? "missing"
      : runs.every((run) => run.state === "proven")
      ? "proven"
      : "sealed";
    return { equipment, state, part };
  });
  const isComplete = stand.length > 0 && stand.every(({ state }) => state === "proven");
  return { id, parts: named, isComplete, standing: stand, faults };
}

async function sessionsAt(base: string, faults: string[]): Promise<string[]> {
  return await namesAt(join(base, SESSIONS_DIR), {
    faults,
    isWanted: ({ isDirectory }) => isDirectory,
  });
}

async function filesAt(folder: string, faults: string[]): Promise<string[]> {
  const isWanted = ({ isFile, name }: Deno.DirEntry) => isFile && name.endsWith(".json");
  return await namesAt(folder, { faults, isWanted });
}

async function namesAt(
  folder: string,
  { faults, isWanted }: {
    readonly faults: string[];
    readonly isWanted: (entry: Deno.DirEntry) => boolean;
  },
): Promise<string[]> {
  if (!(await infoAt(folder))?.isDirectory) return [];
  try {
    return (await entriesOf(folder)).filter(isWanted).map(({ name }) => name)
      .filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    faults.push(`${folder} cannot be listed: ${wordsOf(error)}`);
    return [];
  }
}

async function readAt(
  path: string,
  of: Pick<SessionPart, "session" | "equipment">,
): Promise<ReturnType<typeof readPart>> {
  try {
    const info = await lstatOrNull(path);
    if (info !== null && info.size > MOST_PART_BYTES) return { fault: "it is too large" };
    const bytes = await readOrNull(path);
    return bytes === null ? { fault: "it is gone again" } : readPart(bytes, of);
  } catch (error) {
    return { fault: `it cannot be read: ${wordsOf(error)}` };
  }
}

async function infoAt(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await lstatOrNull(path);
  } catch (error) {
    wordsOf(error);
    return null;
  }
}

/** What the disk said; anything else is a fault of ours. */
function wordsOf(error: unknown): string {
  if (error instanceof LabferryError) return error.message;
  const errno = errnoOf(error);
  if (errno === null) throw error;
  return errno;
}

/** For whoever knows of none. */
export const NO_SESSIONS = new Sessions({
  rules: new Map(),
  bases: [],
  queue: { meta: { get: () => null, set: () => {} } },
});
