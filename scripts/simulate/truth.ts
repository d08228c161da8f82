/**
 * What has to be so, told from the life's own knowledge and not from the product's: which bytes were
 * really compared, when, over which connection, at which NAS; what a deletion needs, in the words of
 * `docs/decisions.md` and not of the interlocks' code.
 */
import { stageOf } from "../../lib/queue/mod.ts";
import type { Job, Queue } from "../../lib/queue/mod.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { nodeOrNull, sha256Of } from "./far_disk.ts";
import { rowsOf } from "./fate.ts";
import { contentOf } from "./ledger.ts";
import type { TreeNode } from "./tree.ts";
import { type Comparison, DATA_ROOT, type World } from "./world.ts";

const HOUR_MS = 3_600_000;
export const NEEDS = { passes: 2, gapHours: 12, ageHours: 24, freshHours: 1 } as const;

/** What people and circumstances want of a run, as only the life knows. */
export interface Wishes {
  /** By run path. */
  readonly pinned: ReadonlySet<string>;
  readonly isPaused: boolean;
  readonly isGateShut: boolean;
}

export class Truth {
  /** Runs that were seen safe as they are, by what was seen of them. */
  readonly #safeSeen = new Map<string, string>();
  readonly #sealSeen = new Map<string, string>();
  /** How often each thing was looked at: a simulation that never sees a deletion proves nothing. */
  readonly counts = { safe: 0, seals: 0, deletions: 0, cleaned: 0 };

  constructor(private readonly world: World, private readonly wishes: () => Wishes) {}

  /** The queue as it is now: new seals are precious, and what is called safe was compared. */
  look(queue: Queue): void {
    for (const job of queue.jobs.list({ limit: 100 })) {
      this.#lookAtSeal(job);
      this.#lookAtWords(job);
    }
  }

  /** A new queue may give the same numbers to other things. */
  forget(): void {
    this.#safeSeen.clear();
    this.#sealSeen.clear();
  }

  #lookAtSeal(job: Job): void {
    const seen = `${job.generation} ${job.sealedAt}`;
    if (job.sealedAt === null || this.#sealSeen.get(job.runPath) === seen) return;
    this.#sealSeen.set(job.runPath, seen);
    this.counts.seals++;
    for (const file of filesOf(job).filter(({ isHere }) => isHere)) {
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
    const rows = filesOf(job);
    if (rows.length === 0) {
      this.world.breaks(`${nameOf(job)} is called "${stage.words}" with no file`);
    }
    if (this.#passes(job, rows, { asTold: !this.world.habits.hashesThere }).length > 0) return;
    this.world.breaks(
      `${nameOf(job)} is called "${stage.words}", and no pass ever compared all of it`,
    );
  }

  /** Every one that compared each of these files at the right NAS with what it should be. */
  #passes(
    { farDir }: Job,
    rows: readonly ListedFile[],
    { asTold = false }: { readonly asTold?: boolean } = {},
  ): Comparison[] {
    return this.world.comparisons.filter(({ seen }) =>
      seen.size >= rows.length && rows.every(({ path, sha256 }) => {
        const one = seen.get(`${farDir}/${path}`);
        return one !== undefined && one.disk === this.world.rightNas && sha256 !== null &&
          (asTold ? one.told : one.really) === sha256;
      })
    );
  }

  /** A local data file is about to lose its name by the product's hand. */
  unlinked(path: string, node: TreeNode, queue: Queue): void {
    if (path.includes("/.exlab-wizard/") || contentOf(node.bytes) === null) return;
    this.counts.deletions++;
    const job = queue.jobs.list({ limit: 100 }).find(({ runPath }) =>
      path.startsWith(`${runPath}/`)
    );
    if (!job) return this.world.breaks(`${path} was deleted, and belongs to no run in the queue`);
    const name = path.slice(job.runPath.length + 1);
    for (const why of this.#whyNot(job, { name, node })) {
      this.world.breaks(`${nameOf(job)}/${name} was deleted although ${why}`);
    }
  }

  *#whyNot(
    job: Job,
    { name, node }: { readonly name: string; readonly node: TreeNode },
  ): Generator<string> {
    const { world } = this;
    const { pinned, isPaused, isGateShut } = this.wishes();
    const rows = filesOf(job);
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
    if (apart(counted) < NEEDS.passes) yield `only ${apart(counted)} passes compared it`;
    const ageMs = world.aliveMs - (counted[0] ?? first).endedAliveMs;
    if (ageMs < NEEDS.ageHours * HOUR_MS) yield `it was proven ${hours(ageMs)} of life ago`;
    const last = good.findLast(({ epoch }) => epoch === world.epoch);
    if (!last) yield "no pass of this process saw its bytes over there";
    else if (world.time.trueMs - last.endedTrueMs > NEEDS.freshHours * HOUR_MS) {
      yield `the last pass was ${hours(world.time.trueMs - last.endedTrueMs)} ago`;
    }
    if (read?.epoch !== world.epoch || world.time.trueMs - read.trueMs > HOUR_MS) {
      yield "its bytes were not read once more";
    }
    if (world.mounted !== world.rightNas) yield "another file system is where the NAS should be";
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

  /** At the end, when a scrub had time: what is called safe is so. */
  atRest(queue: Queue): void {
    for (const job of queue.jobs.list({ limit: 100 })) {
      const { words, tone } = stageOf({ ...job, handedOver: false });
      if (tone !== "safe") continue;
      for (const { path, sha256 } of filesOf(job)) {
        const node = this.world.farNode(`${job.farDir}/${path}`);
        if (node?.kind === "file" && sha256Of(node.bytes) === sha256) continue;
        const what = node ? "has other bytes" : "is not";
        this.world.breaks(
          `${nameOf(job)} is still called "${words}" after a scrub, and ${path} ${what} over there`,
        );
      }
    }
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

function filesOf({ id }: Job): ListedFile[] {
  const rows = rowsOf<Omit<ListedFile, "isHere"> & { readonly missing: number }>(
    `SELECT path, sha256, size_bytes AS sizeBytes, mtime_ms AS mtimeMs, file_id AS fileId,
       local_missing AS missing
     FROM files WHERE job = (SELECT n FROM jobs WHERE id = ?)`,
    [id],
  );
  return rows.map(({ missing, ...row }) => ({ ...row, isHere: missing === 0 }));
}

/** How many of them are far enough from each other, by the time the service lived. */
function apart(passes: readonly Comparison[]): number {
  let count = 0;
  let last: Comparison | null = null;
  for (const pass of passes) {
    if (last && pass.beganAliveMs - last.endedAliveMs < NEEDS.gapHours * HOUR_MS - SLACK_MS) {
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
