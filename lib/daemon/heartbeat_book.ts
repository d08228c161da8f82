/**
 * What this installation has left at each destination: so that a number never goes back, and that a
 * second service with the same id is met (`rules.md` 10).
 *
 * A far heartbeat may carry the mark (nonce) of the start that wrote last, or of the one that was about
 * to when it was killed. Any other mark of our id was put there by a copy of this state directory.
 */
import type { Installation } from "./installation.ts";
import { LabferryError } from "../base/mod.ts";
import type { HeartbeatHead } from "../fleet/mod.ts";
import type { Queue } from "../queue/mod.ts";
import type { Destination } from "../sync/mod.ts";

interface Left {
  /** Null: whatever stands there is taken as ours. */
  readonly confirmed: string | null;
  readonly begun: string;
}

interface Twice {
  readonly at: string;
  readonly id: string;
  readonly equipmentId: string;
  readonly host: string;
}

type WhoWeAre = () => Promise<Pick<Installation, "id" | "keptAt">>;

const SEQ = "fleet:seq";
const LEFT = "fleet:left";
const TWICE = "fleet:twice";

export class HeartbeatBook {
  readonly #meta: Queue["meta"];

  constructor({ meta }: Pick<Queue, "meta">) {
    this.#meta = meta;
  }

  /** The last number that was given out. */
  get seq(): number {
    return Number(this.#meta.get(SEQ) ?? 0);
  }

  /** Before anything is written over there: a number above all that were, also in a lost queue. */
  begin(
    equipmentId: string,
    { head, nonce }: { readonly head: HeartbeatHead | null; readonly nonce: string },
  ): { readonly seq: number; readonly isTwice: boolean } {
    const all = this.#left();
    const left = all[equipmentId];
    const isKnown = head === null || left === undefined ||
      [left.confirmed, left.begun, nonce].includes(head.nonce);
    const seq = Math.max(this.seq, head?.seq ?? 0) + 1;
    this.#meta.set(SEQ, String(seq));
    const confirmed = head?.nonce ?? left?.confirmed ?? null;
    this.#meta.set(LEFT, JSON.stringify({ ...all, [equipmentId]: { confirmed, begun: nonce } }));
    return { seq, isTwice: !isKnown };
  }

  /** It stands there: from now on no older mark is ours. */
  end(equipmentId: string, nonce: string): void {
    const left = { confirmed: nonce, begun: nonce };
    this.#meta.set(LEFT, JSON.stringify({ ...this.#left(), [equipmentId]: left }));
  }

  hold(twice: Twice): void {
    this.#meta.set(TWICE, JSON.stringify(twice));
  }

  /** What holds this installation; a person's word that came later ends it. */
  async held(installation: WhoWeAre): Promise<Twice | null> {
    const text = this.#meta.get(TWICE);
    if (text === null) return null;
    const twice = JSON.parse(text) as Twice;
    const { id, keptAt } = await installation();
    if (twice.id === id && (keptAt === null || keptAt <= twice.at)) return twice;
    this.#meta.forget(TWICE);
    // Whatever the other one left is what the person spoke of.
    this.#meta.forget(LEFT);
    return null;
  }

  #left(): Record<string, Left | undefined> {
    return JSON.parse(this.#meta.get(LEFT) ?? "{}");
  }
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
