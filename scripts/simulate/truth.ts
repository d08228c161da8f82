/**
 * What has to be so, told from the life's own knowledge and not from the product's: which bytes were
 * really compared, when, over which connection, at which NAS; what a deletion needs, in the words of
 * `docs/decisions.md` and not of the interlocks' code.
 */
import { stageOf } from "../../lib/queue/mod.ts";
import type { Job, Queue } from "../../lib/queue/mod.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { nodeOrNull, sha256Of } from "./far_disk.ts";
import { contentOf } from "./ledger.ts";
import type { TreeNode } from "./tree.ts";
import type { Needs } from "./needs.ts";
import type { SimProcess, Station } from "./process.ts";
import { changesOf, rowsOf } from "./queue_door.ts";
import type { Room } from "./room.ts";
import { type Comparison, DATA_ROOT, EQUIPMENT, type Unlink, type World } from "./world.ts";

const HOUR_MS = 3_600_000;
const CLAIM_LAG_MS = 60_000;

/** What people and circumstances want of a run, as only the life knows. */
export interface Wishes {
  /** By run path. */
  readonly pinned: ReadonlySet<string>;
  readonly isPaused: boolean;
  readonly isGateShut: boolean;
}

export interface TruthOptions {
  readonly room: Room;
  readonly station: Station;
  readonly queueFile: string;
  readonly wishes: () => Wishes;
  /** Its id, as the tree's claim names it; empty where no other labferry is. */
  readonly installation: () => string;
}

/** Of one labferry and its queue. */
export class Truth {
  /** Runs that were seen safe as they are, by what was seen of them. */
  readonly #safeSeen = new Map<string, string>();
  readonly #sealSeen = new Map<string, string>();
  /** How often each thing was looked at: a simulation that never sees a deletion proves nothing. */
  readonly counts = { safe: 0, seals: 0, deletions: 0, cleaned: 0 };

  readonly #options: TruthOptions;
  #looked: { readonly queue: Queue; readonly changes: number | null } | null = null;

  constructor(private readonly world: World, options: TruthOptions) {
    this.#options = options;
  }

  /**
   * The queue as it is now: new seals are precious, and what is called safe was compared. Its jobs; null
   * when it is as it was at the look before.
   */
  look(queue: Queue): readonly Job[] | null {
    const changes = changesOf(this.#options.queueFile);
    // What nobody has changed says what it said.
    if (this.#looked?.queue === queue && this.#looked.changes === changes) return null;
    this.#looked = { queue, changes };
    const jobs = queue.jobs.list({ limit: 100 });
    for (const job of jobs) {
      this.#lookAtSeal(job);
      this.#lookAtWords(job);
    }
    return jobs;
  }

  /** What each file of a run's list has to be, by its path. */
  hashesOf(job: Job): ReadonlyMap<string, string | null> {
    return new Map(this.#filesOf(job).map(({ path, sha256 }) => [path, sha256]));
  }

  /** A new queue may give the same numbers to other things. */
  forget(): void {
    this.#looked = null;
    this.#safeSeen.clear();
    this.#sealSeen.clear();
  }

  #lookAtSeal(job: Job): void {
    const seen = `${job.generation} ${job.sealedAt}`;
    if (job.sealedAt === null || this.#sealSeen.get(job.runPath) === seen) return;
    this.#sealSeen.set(job.runPath, seen);
    this.counts.seals++;
    for (const file of this.#filesOf(job).filter(({ isHere }) => isHere)) {
      const node = nodeOrNull(this.world.disk, `${job.runPath}/${file.path}`);
      if (!node || node.kind !== "file" || `${node.dev}:${node.ino}` !== file.fileId) continue;
      if (node.mtimeMs !== file.mtimeMs || node.bytes.length !== file.sizeBytes) continue;
      if (file.sha256 !== null && file.sha256 !== sha256Of(node.bytes)) continue;
      this.world.ledger.cherish(node, `${nameOf(job)}/${file.path}, generation ${job.generation}`);
    }
  }

  #lookAtWords(job: Job): void {
    const stage = stageOf({ ...job, handedOver: false });
    const seen = `${stage.words} ${job.generation} ${job.verifyPasses} ${job.verifiedAt}`;
    if (this.#safeSeen.get(job.runPath) === seen) return;
    this.#safeSeen.set(job.runPath, seen);
    if (stage.tone !== "safe") return;
    this.counts.safe++;
    if (job.state === "cleaned") this.counts.cleaned++;
    const rows = this.#filesOf(job);
    if (rows.length === 0) {
      this.world.breaks(`${nameOf(job)} is called "${stage.words}" with no file`);
    }
    const { world } = this;
    if (this.#passes(job, rows, { asTold: !world.habits.hashesThere }).length === 0) {
      world.breaks(
        `${nameOf(job)} is called "${stage.words}", and no pass ever compared all of it`,
      );
    }
    for (const { path } of rows) {
      const node = world.farNode(`${job.farDir}/${path}`);
      if (node === null || world.disk.unflushed.isOnDisk(node)) continue;
      world.breaks(
        `${nameOf(job)} is called "${stage.words}", and ${path} is not on the NAS's disk`,
      );
    }
  }

  /** Every one that compared each of these files at the right NAS with what it should be. */
  #passes(
    { farDir }: Job,
    rows: readonly ListedFile[],
    { asTold = false }: { readonly asTold?: boolean } = {},
  ): Comparison[] {
    return this.world.comparisons.filter(({ seen, station }) =>
      station === this.#options.station && seen.size >= rows.length &&
      rows.every(({ path, sha256 }) => {
        const one = seen.get(`${farDir}/${path}`);
        return one !== undefined && one.disk === this.world.rightNas && sha256 !== null &&
          (asTold ? one.told : one.really) === sha256;
      })
    );
  }

  /** A local data file is about to lose its name by the product's hand. */
  unlinked({ path, node, process }: Unlink, queue: Queue): void {
    if (path.includes("/.exlab-wizard/") || contentOf(node.bytes) === null) return;
    this.counts.deletions++;
    const job = queue.jobs.list({ limit: 100 }).find(({ runPath }) =>
      path.startsWith(`${runPath}/`)
    );
    if (!job) return this.world.breaks(`${path} was deleted, and belongs to no run in the queue`);
    const name = path.slice(job.runPath.length + 1);
    for (const why of this.#whyNot(job, { name, node, process, queue })) {
      this.world.breaks(`${nameOf(job)}/${name} was deleted although ${why}`);
    }
  }

  *#whyNot(
    job: Job,
    { name, node, queue, process: { epoch: now, station } }: {
      readonly queue: Queue;
      readonly name: string;
      readonly node: TreeNode;
      readonly process: SimProcess;
    },
  ): Generator<string> {
    const { world } = this;
    const { needs } = world;
    const { pinned, isPaused, isGateShut } = this.#options.wishes();
    const rows = this.#filesOf(job);
    const row = rows.find(({ path }) => path === name);
    if (job.state !== "cleanup_eligible" || job.deletionStartedAt === null) {
      yield `the queue does not say that a deletion began (it is ${job.state})`;
    }
    if (!row) return yield "it is not in the list: it is a newcomer";
    const read = world.readAt.get(node);
    // Rot after the last reading shows in no stat, and the far copy is the good one.
    const isRotten = (world.rottedAt.get(node) ?? 0) > (read?.activity ?? Infinity);
    if (row.sha256 !== sha256Of(node.bytes) && !isRotten) yield "its bytes are not what was proven";
    const good = this.#passes(job, rows, { asTold: false });
    const [first] = good;
    if (!first) return yield "no pass ever read these bytes over there";
    // A place that may answer from this computer's memory: its passes count, the last one not.
    const counted = world.habits.hashesThere ? good : this.#passes(job, rows, { asTold: true });
    const times = apart(counted, needs);
    if (times < needs.passes) yield `only ${times} passes compared it`;
    const ageMs = station.aliveMs - (counted[0] ?? first).endedAliveMs;
    if (ageMs < needs.ageHours * HOUR_MS) yield `it was proven ${hours(ageMs)} of life ago`;
    const last = good.findLast(({ epoch }) => epoch === now);
    if (!last) yield "no pass of this process saw its bytes over there";
    else if (world.time.trueMs - last.endedTrueMs > needs.freshHours * HOUR_MS) {
      yield `the last pass was ${hours(world.time.trueMs - last.endedTrueMs)} ago`;
    }
    if (read?.epoch !== now || world.time.trueMs - read.trueMs > HOUR_MS) {
      yield "its bytes were not read once more";
    }
    if (world.mounted !== world.rightNas) yield "another file system is where the NAS should be";
    const there = world.farNode(`${job.farDir}/${name}`);
    if (there !== null && !world.disk.unflushed.isOnDisk(there)) {
      yield "its far copy is in the NAS's memory and not on its disk";
    }
    const isCleaned = (id: string) => this.#wentInOnePiece(queue, id);
    yield* this.#options.room.whyNot(job, { epoch: now, isCleaned });
    if (!this.#holdsTree()) yield "another labferry looks after the tree";
    if (isGateShut) yield "the gate is shut";
    if (isPaused) yield "everything is paused";
    if (pinned.has(job.runPath)) yield "a person keeps it";
    if (job.alarm !== null) yield "its far copy has an alarm";
    if (world.openForWriting.some((path) => path.startsWith(`${job.runPath}/`))) {
      yield "a program has a file of it open for writing";
    }
    const certificates = [
      recordPath(job.runPath, RECORD_FILES.certificate),
      recordPath(farPathOf(world, job), RECORD_FILES.certificate),
    ];
    for (const path of certificates) {
      if (!nodeOrNull(world.disk, path)) yield `there is no certificate at ${path}`;
    }
  }

  #wentInOnePiece(queue: Queue, id: string): boolean {
    const kinds = queue.timeline.of(id).map(({ kind }) => kind);
    return queue.jobs.byId(id)?.state === "cleaned" && !kinds.includes("deletion_stopped");
  }

  /** A deletion that has begun looks at it before each hundred files: it may lag behind a little. */
  #holdsTree(): boolean {
    const { world } = this;
    const path = recordPath(`${DATA_ROOT}/${EQUIPMENT}`, RECORD_FILES.service);
    const claim = nodeOrNull(world.disk, path);
    const installation = this.#options.installation();
    if (installation === "" || world.time.trueMs - world.claimedAtMs < CLAIM_LAG_MS) return true;
    return claim !== null && new TextDecoder().decode(claim.bytes).includes(installation);
  }

  /** At the end, when a scrub had time: what is called safe is so. */
  atRest(queue: Queue): void {
    for (const job of queue.jobs.list({ limit: 100 })) {
      const { words, tone } = stageOf({ ...job, handedOver: false });
      if (tone !== "safe") continue;
      for (const { path, sha256 } of this.#filesOf(job)) {
        const node = this.world.farNode(`${job.farDir}/${path}`);
        if (node?.kind === "file" && sha256Of(node.bytes) === sha256) continue;
        const what = node ? "has other bytes" : "is not";
        this.world.breaks(
          `${nameOf(job)} is still called "${words}" after a scrub, and ${path} ${what} over there`,
        );
      }
    }
  }

  #filesOf({ id }: Job): ListedFile[] {
    const sql = `SELECT path, sha256, size_bytes AS sizeBytes, mtime_ms AS mtimeMs,
       file_id AS fileId, local_missing AS missing
     FROM files WHERE job = (SELECT n FROM jobs WHERE id = ?)`;
    const file = this.#options.queueFile;
    const rows = rowsOf<Omit<ListedFile, "isHere"> & { readonly missing: number }>(
      { file, sql },
      [id],
    );
    return rows.map(({ missing, ...row }) => ({ ...row, isHere: missing === 0 }));
  }
}

/** A file of a run's list, as the queue's own table has it. */
interface ListedFile {
  readonly path: string;
  readonly sha256: string | null;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly fileId: string;
  readonly isHere: boolean;
}

/** How many of them are far enough from each other, by the time the service lived. */
function apart(passes: readonly Comparison[], { gapHours }: Needs): number {
  let count = 0;
  let last: Comparison | null = null;
  for (const pass of passes) {
    if (last && pass.beganAliveMs - last.endedAliveMs < gapHours * HOUR_MS - SLACK_MS) {
      continue;
    }
    count++;
    last = pass;
  }
  return count;
}

/** Passes take no time to speak of in a life, but rests between them are counted in milliseconds. */
const SLACK_MS = 5_000;

function farPathOf({ far }: World, { farDir }: Job): string {
  return `${far.address.slice("nas:".length)}/${farDir}`;
}

export function nameOf({ runPath }: Pick<Job, "runPath">): string {
  return runPath.slice(DATA_ROOT.length + 1);
}

function hours(ms: number): string {
  return `${(ms / HOUR_MS).toFixed(1)} h`;
}
