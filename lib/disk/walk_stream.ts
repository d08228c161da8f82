/**
 * A walk as its reader sees it: batches, a little ahead of the reader and no further. Where a large walk
 * leaves much to examine it uses two threads, one that lists folders and one that examines what is in
 * them; the first batch comes from one alone, so that the many small walks start no second.
 */
import { turn } from "../base/mod.ts";
import type { DiskThread } from "./disk_thread.ts";
import type { PackedEntries, WalkOptions } from "./messages.ts";
import type { ThreadCrew } from "./thread_crew.ts";
import type { WalkEntry } from "./walk_entry.ts";
import { unpackEntries } from "./walk_packing.ts";

export async function* streamWalk(
  crew: ThreadCrew,
  root: string,
  options: { skipNames: readonly string[]; signal: AbortSignal | undefined },
): AsyncGenerator<WalkEntry[]> {
  const { skipNames } = options;
  const leaving = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, leaving.signal])
    : leaving.signal;
  const lister = await crew.lend(options.signal);
  let examiner: DiskThread | null = null;
  try {
    const walk = new Walk(lister, { root, options: { skipNames }, signal });
    const first = await walk.list({ first: true, defer: false });
    if (first.end) {
      yield* unpacked(first);
      return;
    }
    let defer = navigator.hardwareConcurrency > 1;
    let listing: Promise<PackedEntries> | null = walk.list({ first: false, defer });
    yield* unpacked(first);
    let examining: Promise<PackedEntries> | null = null;
    while (listing || examining) {
      const done: PackedEntries | null = examining && await examining;
      let listed: PackedEntries | null = listing && await listing;
      if (listed && listed.unexamined > 0) {
        examiner ??= crew.lendAtOnce();
        // There is no second thread: the first does it, and leaves nothing from now on.
        if (!examiner) listed = await walk.examine(lister, listed);
        defer = examiner !== null;
      }
      listing = listed && !listed.end ? walk.list({ first: false, defer }) : null;
      examining = listed &&
        (listed.unexamined > 0 && examiner
          ? walk.examine(examiner, listed)
          : Promise.resolve(listed));
      if (done) yield* unpacked(done);
      // The next batch may be there already, and others wait as well.
      await turn();
    }
  } finally {
    leaving.abort(new DOMException("the walk is no longer wanted", "AbortError"));
    crew.giveBack(lister);
    if (examiner) crew.giveBack(examiner);
  }
}

/** What every request of one walk has in common. */
interface WalkCommon {
  readonly root: string;
  readonly options: WalkOptions;
  readonly signal: AbortSignal;
}

class Walk {
  readonly #lister: DiskThread;
  readonly #common: WalkCommon;

  constructor(lister: DiskThread, common: WalkCommon) {
    this.#lister = lister;
    this.#common = common;
  }

  list(how: { first: boolean; defer: boolean }): Promise<PackedEntries> {
    const { root, options, signal } = this.#common;
    const work = { kind: "walk", root, options, ...how } as const;
    return awaitedLater(this.#lister.run<PackedEntries>(work, { signal }));
  }

  examine(examiner: DiskThread, packed: PackedEntries): Promise<PackedEntries> {
    const { root, signal } = this.#common;
    const work = { kind: "examine", root, packed } as const;
    return awaitedLater(examiner.run<PackedEntries>(work, { signal }));
  }
}

/** Until its turn comes a rejection must not end the process. */
function awaitedLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

function* unpacked(packed: PackedEntries): Generator<WalkEntry[]> {
  const entries = unpackEntries(packed);
  if (entries.length > 0) yield entries;
}
