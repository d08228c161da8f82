/**
 * What this installation has left at each destination: so that a number never goes back, and that a
 * second service with the same id is met (`rules.md` 10).
 *
 * A far heartbeat is ours when one of our last starts wrote it, with a number no higher than that start
 * wrote: also an old one, that a copy of the base or a snapshot of the NAS brought back. Any other mark
 * (nonce) of our id, or a higher number, was put there by a copy of this state directory.
 */
import type { Installation } from "./installation.ts";
import { LabferryError } from "../base/mod.ts";
import type { HeartbeatHead } from "../fleet/mod.ts";
import type { Queue } from "../queue/mod.ts";
import type { Destination } from "../sync/mod.ts";

interface Start {
  readonly nonce: string;
  /** The highest number that it was about to write. */
  readonly seq: number;
}

interface Written {
  /** Oldest first. */
  readonly starts: readonly Start[];
  /** Equipment ids: what stood at their bases when this was begun was taken as ours. */
  readonly met: readonly string[];
}

interface Twice {
  readonly at: string;
  readonly id: string;
  /** The person's last word when they met; absent in what an older version kept. */
  readonly keptAt?: string | null;
  readonly equipmentId: string;
  readonly host: string;
}

type WhoWeAre = () => Promise<Pick<Installation, "id" | "keptAt">>;

const SEQ = "fleet:seq";
const WRITTEN = "fleet:written";
const TWICE = "fleet:twice";

/** A base that was copied earlier than so many starts ago is another's. */
const MOST_STARTS = 50;
/** More than a heartbeat a second for thirty years: what is so far ahead is no number of ours. */
const FARTHEST_AHEAD = 1e9;

export class HeartbeatBook {
  readonly #meta: Queue["meta"];

  constructor({ meta }: Pick<Queue, "meta">) {
    this.#meta = meta;
  }

  /** The last number that was given out. */
  get seq(): number {
    return Number(this.#meta.get(SEQ) ?? 0);
  }

  /** Another number, for one round: it goes on also while no destination is reached. */
  next(): number {
    const seq = this.seq + 1;
    this.#meta.set(SEQ, String(seq));
    return seq;
  }

  /** Nothing that this installation ever wrote has such a number. */
  isBeyond({ seq }: Pick<HeartbeatHead, "seq">): boolean {
    return seq > this.seq + FARTHEST_AHEAD;
  }

  /**
   * Before anything is written over there: the round's number, or one above what stands there, which an
   * installation with a lost queue wrote.
   */
  begin(
    equipmentId: string,
    { head, nonce, round }: {
      readonly head: HeartbeatHead | null;
      readonly nonce: string;
      readonly round: number;
    },
  ): { readonly seq: number; readonly isTwice: boolean } {
    const { starts, met } = this.#written();
    const isFirst = !met.includes(equipmentId);
    const isOurs = head === null || isFirst ||
      starts.some((start) => start.nonce === head.nonce && head.seq <= start.seq);
    const seq = Math.max(round, (head?.seq ?? 0) + 1);
    this.#meta.set(SEQ, String(Math.max(this.seq, seq)));
    // Kept too: a kill before the write leaves it there for the next start.
    const believed = isFirst && head !== null ? [head] : [];
    this.#meta.set(
      WRITTEN,
      JSON.stringify(
        {
          starts: [...believed, { nonce, seq }].reduce(noted, starts).slice(-MOST_STARTS),
          met: isFirst ? [...met, equipmentId] : met,
        } satisfies Written,
      ),
    );
    return { seq, isTwice: !isOurs };
  }

  hold(twice: Twice): void {
    this.#meta.set(TWICE, JSON.stringify(twice));
  }

  /** What holds this installation; a person's word that came later ends it. */
  async held(installation: WhoWeAre): Promise<Twice | null> {
    const text = this.#meta.get(TWICE);
    if (text === null) return null;
    const twice = JSON.parse(text) as Twice;
    if (isSame(twice, await installation())) return twice;
    this.#meta.forget(TWICE);
    // Whatever the other one left is what the person spoke of.
    this.#meta.forget(WRITTEN);
    return null;
  }

  #written(): Written {
    const text = this.#meta.get(WRITTEN);
    return text === null ? { starts: [], met: [] } : JSON.parse(text);
  }
}

/** The one that wrote last is last. */
function noted(starts: readonly Start[], { nonce, seq }: Start): readonly Start[] {
  const known = starts.find((start) => start.nonce === nonce)?.seq ?? 0;
  const others = starts.filter((start) => start.nonce !== nonce);
  return [...others, { nonce, seq: Math.max(seq, known) }];
}

/** No word since: told by the word itself, because a clock may be set back. */
function isSame(
  { id, keptAt: before, at }: Twice,
  now: Pick<Installation, "id" | "keptAt">,
): boolean {
  if (id !== now.id) return false;
  return before === undefined ? (now.keptAt ?? "") <= at : before === now.keptAt;
}

/** The same destinations, closed while two services with one id write heartbeats. */
export function heldWhileTwice(
  destinations: ReadonlyMap<string, Destination>,
  { book, installation }: {
    readonly book: HeartbeatBook;
    readonly installation: WhoWeAre;
  },
): Map<string, Destination> {
  return new Map([...destinations].map(([id, destination]) => [id, {
    ...destination,
    async identity() {
      const twice = await book.held(installation);
      if (twice) throw heldTwice(twice);
      return await destination.identity();
    },
  }]));
}

function heldTwice({ equipmentId, host, at }: Twice): LabferryError {
  return new LabferryError("installation_twice", "Two services with one id are at work", {
    why: `a heartbeat at ${equipmentId}'s destination was written by another one on ${host}, ` +
      `seen ${at.slice(0, 16).replace("T", " ")} UTC: a state directory or a disk image was copied`,
    hint: "stop one of them, or run `labferry installation new` there; then run " +
      "`labferry installation keep` here",
  });
}
