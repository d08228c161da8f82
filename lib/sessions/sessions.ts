/** What one service knows of sessions: its own parts from the queue, those of others from the bases. */
import { basename } from "node:path";
import type { Clock } from "../base/mod.ts";
import { ANSWER_MS, ShareSilence } from "../process/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import { partText, readPart, type SessionPart } from "./part_file.ts";
import { partsAt, sessionsAt, silent, whyNoFolder } from "./parts_there.ts";
import { sessionIdOf, type SessionRule } from "./session_id.ts";

export interface SessionsOptions {
  readonly rules: ReadonlyMap<string, SessionRule>;
  /** Folders of this computer: bases of other equipment. */
  readonly bases: readonly string[];
  readonly queue: { readonly meta: Pick<Queue["meta"], "get" | "set"> };
  /** A share that gives no answer for so long is said to hang. @default 30 s */
  readonly answerMs?: number;
  /** `standingOf` waits so long for what the others say. @default 5 s */
  readonly standingMs?: number;
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
/** A run that is proven waits for nobody: who looks later sees how the others stand. */
const STANDING_MS = 5_000;
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
    const { bases, silence } = await this.#readable(faults);
    const theirs = new Set<string>();
    for (const base of bases) {
      const there = await silence.within(base, () => sessionsAt(base, faults));
      if (there === null) faults.push(silent(base));
      for (const id of there?.value ?? []) if (!ids.has(id)) theirs.add(id);
    }
    const all: SessionStanding[] = [];
    // Our own come last: of too many they are the ones that stay.
    const found = [...[...theirs].map((id) => [id, []] as const), ...ids];
    for (const [id, parts] of found.slice(-MOST_SESSIONS)) {
      all.push(await this.#readOne({ id, parts }, { bases, silence, own, faults }));
    }
    this.#cache = all;
    return this.known;
  }

  /** One session now. What gives no answer in time is said, and stands as it was read last. */
  async standingOf(session: SessionOf): Promise<SessionStanding> {
    const { standingMs = STANDING_MS } = this.#options;
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), standingMs);
    const reading = this.#readNow(session);
    // Nobody waits for it any more once it is late.
    reading.catch(() => {});
    try {
      return await Promise.race([reading, late]) ?? this.#asKnown(session, standingMs);
    } finally {
      clearTimeout(timer);
    }
  }

  async #readNow(session: SessionOf): Promise<SessionStanding> {
    const faults: string[] = [];
    const { bases, silence } = await this.#readable(faults);
    const own = [...this.#own().values()];
    const one = await this.#readOne(session, { bases, silence, own, faults });
    this.#cache = [...this.#cache.filter(({ id }) => id !== session.id), one];
    return one;
  }

  #asKnown({ id, parts }: SessionOf, waitedMs: number): SessionStanding {
    const own = [...this.#own().values()];
    const faults = [`what the others say was not read within ${waitedMs / 1000} s`];
    const known = this.#cache.find((one) => one.id === id);
    return known === undefined
      ? standing({ id, parts }, { found: own, faults })
      : this.#withOwn({ ...known, faults: [...known.faults, ...faults] }, own);
  }

  async #readOne(
    { id, parts }: SessionOf,
    { bases, silence, own, faults }: Readable & {
      readonly own: readonly SessionPart[];
      readonly faults: readonly string[];
    },
  ): Promise<SessionStanding> {
    const found = [...own];
    const told = [...faults];
    const isKnown = (equipment: string) =>
      found.some((part) => part.session === id && part.equipment === equipment);
    for (const base of bases) {
      const read = await silence.within(base, () => partsAt(base, { id, isKnown }));
      if (read === null) told.push(silent(base));
      found.push(...read?.value.parts ?? []);
      told.push(...read?.value.faults ?? []);
    }
    return standing({ id, parts }, { found, faults: told });
  }

  #withOwn(one: SessionStanding, own: readonly SessionPart[]): SessionStanding {
    const others = one.standing.flatMap(({ part }) => part ?? [])
      .filter((part) => !own.some((mine) => isSame(mine, part)));
    return standing(one, { found: [...own, ...others], faults: one.faults });
  }

  async #readable(faults: string[]): Promise<Readable> {
    const silence = new ShareSilence(this.#options.answerMs ?? ANSWER_MS);
    const bases: string[] = [];
    for (const base of this.#options.bases) {
      if (await silence.at(base)) {
        faults.push(silent(base));
        continue;
      }
      const why = await whyNoFolder(base);
      if (why === null) bases.push(base);
      else faults.push(`${base} ${why}`);
    }
    return { bases, silence };
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

/** Bases that answer, and what is asked before more is read there. */
interface Readable {
  readonly bases: readonly string[];
  readonly silence: ShareSilence;
}

/** For whoever knows of none. */
export const NO_SESSIONS = new Sessions({
  rules: new Map(),
  bases: [],
  queue: { meta: { get: () => null, set: () => {} } },
});
