/**
 * A look at the far folder before a push, whatever the queue believes is there: what stands under
 * the names of the run, or where its folders have to be. What is equal is adopted; what a push of
 * ours may have put there, or an old manifest names, is moved aside; anything else is a conflict,
 * before the first byte.
 */
import type { FarLook, FileState, Job, SeenFar } from "../queue/mod.ts";
import { isLitter, isRecordPath } from "../records/mod.ts";
import { farPass } from "./far_pass.ts";
import { hashLocal } from "./local_hash.ts";
import { nameHabits } from "./name_habits.ts";
import { keepsEveryName, namesThere } from "./name_key.ts";
import type { FarWork, LookWork } from "./work.ts";

/** Something that has to make way, and whether it may. */
export interface Obstacle {
  readonly path: string;
  /** May be moved aside: a push of ours may have put it there. */
  readonly owned: boolean;
  /** The name of the run that needs its place. */
  readonly wantedBy: string;
  readonly why: string;
}

/** Entries stored in one transaction. */
const BATCH = 1000;

export interface SeenThere {
  readonly look: FarLook;
  /** There is data (litter and records are none). */
  readonly holdsData: boolean;
  /** Nothing at all: no data, no records, no folder. */
  readonly isEmpty: boolean;
}

/** Lists the far folder; the caller disposes of the look. */
export async function lookThere(job: Job, work: FarWork): Promise<SeenThere> {
  const { context } = work;
  const habits = await nameHabits(job, work);
  const look = await context.queue.files(job.id).beginLook(namesThere(habits));
  let batch: SeenFar[] = [];
  let holdsData = false;
  let isEmpty = true;
  let holdsNames = false;
  for await (const entry of work.far.session.list(job.farDir)) {
    isEmpty = false;
    if (isRecordPath(entry.path)) continue;
    if (isLitter(entry.path) && !context.queue.files(job.id).has(entry.path)) continue;
    holdsNames = true;
    if (entry.kind !== "folder") holdsData = true;
    batch.push(entry);
    if (batch.length < BATCH) continue;
    look.see(batch);
    batch = [];
  }
  look.see(batch);
  // Where every name is its own and nothing is there, no name can meet anything.
  if (holdsNames || !keepsEveryName(habits)) await look.takeNames();
  return { look, holdsData, isEmpty };
}

/**
 * Hashes what stands under names that nothing of ours is known to stand under; what is equal counts
 * as sent. Returns how many files were.
 */
export async function adoptEqual(job: Job, work: LookWork): Promise<number> {
  const { context, signal, look } = work;
  const candidates: AsyncIterable<FileState> = {
    async *[Symbol.asyncIterator]() {
      for await (const { file, there } of look.standing("file", "unknown")) {
        if (there.sizeBytes === file.sizeBytes) yield file;
      }
    },
  };
  if (await isNone(candidates)) return 0;
  const { pass } = await farPass(job, { ...work, phase: "preparing", files: candidates });
  const wanted = async function* () {
    for await (const file of context.queue.files(job.id).list("unhashed")) {
      if (file.farPass === pass.id && file.farSha256 !== null) yield file;
    }
  };
  for await (const batch of hashLocal(job.dataDir, wanted(), { context, signal })) {
    context.queue.files(job.id).setHashes(batch);
  }
  const { matched, mismatched, ...rest } = await context.queue.passes.summary(pass);
  await context.queue.passes.adopt(pass);
  context.queue.together(() => {
    context.queue.passes.close(pass, {
      outcome: "abandoned",
      summary: { matched, mismatched, ...rest },
      notes: ["compared before the first write"],
    });
    context.queue.timeline.note(job.id, {
      kind: "adopted",
      detail: { matched, differing: mismatched.count },
    });
  });
  return matched;
}

async function isNone(items: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of items) return false;
  return true;
}

/** Everything that stands in the way of the unsent files and the empty folders. */
export async function* obstacles(
  job: Job,
  { look, context: { queue } }: LookWork,
): AsyncGenerator<Obstacle> {
  for await (const { file, there } of look.standing("file", "ours")) {
    if (!job.resent && looksEqual(file, there)) continue;
    yield { path: there.path, owned: true, wantedBy: file.path, why: "it has other bytes" };
  }
  for await (const { file, there, owned } of look.standing("file", "unknown")) {
    yield { path: there.path, owned, wantedBy: file.path, why: "it has other bytes" };
  }
  for await (const { file, there } of look.standing("folder")) {
    const stranger = await look.strangerIn(there.path);
    const why = stranger === null ? "it is a folder" : `it is a folder and holds ${stranger}`;
    yield { path: there.path, owned: stranger === null, wantedBy: file.path, why };
  }
  for await (const { file, there } of look.standing("other")) {
    yield {
      path: there.path,
      owned: false,
      wantedBy: file.path,
      why: "it is neither file nor folder",
    };
  }
  const wanted = look.wantedAsFolder(queue.files(job.id).emptyDirs());
  for await (const { there, owned, wantedBy } of wanted) {
    const mayMove = owned && there.kind === "file";
    yield { path: there.path, owned: mayMove, wantedBy, why: "a folder has to be there" };
  }
}

/**
 * Equal size and time: the push leaves it where it is, and the pass proves it or finds out. Many
 * places keep whole seconds only, FAT every other.
 */
export function looksEqual(
  file: Pick<FileState, "sizeBytes" | "mtimeMs">,
  there: Pick<SeenFar, "sizeBytes" | "mtimeMs">,
): boolean {
  if (file.sizeBytes !== there.sizeBytes) return false;
  if (there.mtimeMs === null || there.mtimeMs === file.mtimeMs) return true;
  return there.mtimeMs % 1000 === 0 && Math.abs(there.mtimeMs - file.mtimeMs) < 2000;
}
