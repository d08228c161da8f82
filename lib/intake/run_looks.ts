/** One run looked at and judged: what its row is then, and when it is worth looking again. */
import { nameMatcher } from "../base/name_pattern.ts";
import { type Equipment, stagingRootOf } from "../config/mod.ts";
import { openForWritingLately } from "../process/mod.ts";
import { isProven } from "../jobs/mod.ts";
import type { Job, SeenRow } from "../queue/mod.ts";
import { isThere } from "../disk/mod.ts";
import { groupMembers, RECORD_FILES, recordPath, RECORDS_DIR } from "../records/mod.ts";
import { type Evidence, judge, type SeenRun, type Verdict, type Writers } from "./completeness.ts";
import type { FirstStart } from "./first_start.ts";
import { type Look, lookAt } from "./look.ts";
import type { ManifestHashes } from "./manifest_hashes.ts";
import { type AwaitedSignal, receivedSignal } from "./received_signal.ts";
import { shareAway } from "./pulled_tree.ts";
import { openJob } from "./open_job.ts";
import type { RunData, RunTree } from "./run_tree.ts";
import type { ScanHouse } from "./scan_house.ts";

export interface RunLooksOptions {
  readonly equipment: Equipment;
  readonly tree: Pick<RunTree, "faultOf" | "dataOf" | "isHalfPrepared">;
  readonly house: ScanHouse;
  readonly hashes: ManifestHashes;
  /** Undefined: all of them are looked after. */
  readonly firstStart: FirstStart | undefined;
}

/** A row after a look; with `evidence` the run is to be taken as it is. */
export interface Looked {
  readonly row: SeenRow;
  readonly evidence: Evidence | null;
  /** Null: the usual rest. */
  readonly lookAgainInMs: number | null;
  /** Nothing but a change of its data makes another look worth while. */
  readonly isForChange?: boolean;
  /** Nothing is left here of a proven run, as far as its folder says. */
  readonly isGone?: boolean;
}

const NO_WRITERS: Writers = { open: [], unknown: null };

export class RunLooks {
  readonly #options: RunLooksOptions;

  constructor(options: RunLooksOptions) {
    this.#options = options;
  }

  async look(known: SeenRow, signal: AbortSignal): Promise<Looked> {
    const { config, context } = this.#options.house;
    const completeness = await this.#signalOf(known.runPath);
    const look = await lookAt(this.#options.tree.dataOf(known.runPath), {
      pool: context.pool,
      completeness,
      rules: this.#options.equipment.rules,
      litter: config.sync.litter,
      wallMs: () => context.clock.now().getTime(),
      signal,
      isPulled: this.#isPulled,
    });
    await this.#refuseAway(known.runPath);
    const row = this.#seen(known, look);
    const job = openJob(row.runPath, context.queue);
    if (look === null) {
      const isGone = job !== null && isProven(job);
      return { ...usual(job ? { ...row, checkedGeneration: job.generation } : row), isGone };
    }
    if (job === null) {
      const waits = await this.#beforeFirstStart(row, look);
      if (waits !== null) return waits;
      const fault = await this.#options.tree.faultOf(row.runPath);
      if (fault !== null) return usual({ ...row, phase: "odd", waitsFor: fault });
      if (await this.#options.tree.isHalfPrepared?.(row.runPath)) return this.#goesOn(row);
      return this.#judged(row, { look, job, completeness });
    }
    const taken = { ...row, phase: "taken", waitsFor: null } as const;
    // Its delivery walks by itself; what it cannot see is looked at once it is proven.
    if (!isProven(job)) return usual(taken);
    const isSame = row.fingerprint === row.takenFingerprint || row.files === 0;
    if (isSame) return usual({ ...taken, checkedGeneration: job.generation });
    if (isAsSealed(row, { look, job })) {
      const takenFingerprint = row.fingerprint;
      return usual({ ...taken, takenFingerprint, checkedGeneration: job.generation });
    }
    return this.#judged(row, { look, job, completeness });
  }

  /**
   * A run that lay there before and has not been touched since is left alone; one that was seen to appear,
   * that a person spoke for, or that cannot be seen whole, is not. Null: it is looked after.
   */
  async #beforeFirstStart(row: SeenRow, look: Look): Promise<Looked | null> {
    const { firstStart, house: { context: { queue } } } = this.#options;
    if (!firstStart || look.files === 0 || look.problem !== null) return null;
    if (row.hasAppeared || queue.seen.wordOn(row.runPath) !== null) return null;
    if (await isThere(recordPath(row.runPath, RECORD_FILES.creation))) return null;
    const since = firstStart.since();
    if (since === null) {
      return usual({ ...row, phase: "acquiring", waitsFor: firstStart.waitsFor });
    }
    const touchedMs = Math.max(look.newest.exactMs ?? -Infinity, look.newest.coarseMs ?? -Infinity);
    // All its times are in the future: a clock was wrong, and says nothing.
    if (since.ms === null || touchedMs === -Infinity || touchedMs >= since.ms) return null;
    const waitsFor = `it lay there before ${
      new Date(since.ms).toISOString()
    } and is not looked after`;
    return usual({ ...row, phase: "odd", waitsFor, isExisting: true });
  }

  #writersOf(runPath: string): Writers {
    return this.#isPulled
      ? { open: [], unknown: "it lies on another computer's share; it was quiet for twice as long" }
      : writersOf(this.#options.tree.dataOf(runPath), this.#options.equipment.rules.ignore);
  }

  get #isPulled(): boolean {
    return this.#options.equipment.pull !== null;
  }

  /** What was seen is the run only if the share was there. @throws LabferryError `root_missing` */
  async #refuseAway(runPath: string): Promise<void> {
    if (!this.#isPulled) return;
    const { equipment, house: { context: { sources } }, tree } = this.#options;
    const { dir } = tree.dataOf(runPath);
    const why = await sources.faultOf(equipment.id, dir);
    if (why !== null) throw shareAway(dir, why);
  }

  /** It was complete, and is being prepared: what it holds by now says nothing of it. */
  #goesOn(row: SeenRow): Looked {
    const { signal } = this.#options.equipment.completeness;
    const evidence = { signal, judged_at: this.#options.house.context.clock.now().toISOString() };
    const waitsFor = "the rest of it to be moved";
    return { row: { ...row, phase: "acquiring", waitsFor }, evidence, lookAgainInMs: null };
  }

  /** In the staging area each run brings its own. */
  async #signalOf(runPath: string): Promise<AwaitedSignal> {
    const { completeness } = this.#options.equipment;
    return this.#isReceived ? await receivedSignal(runPath, completeness) : completeness;
  }

  get #isReceived(): boolean {
    const { equipment: { localRoot }, house: { config } } = this.#options;
    return localRoot === stagingRootOf(config);
  }

  #seen(known: SeenRow, look: Look | null): SeenRow {
    const lookedAt = this.#options.house.context.clock.now().toISOString();
    const lookedObservedMs = this.#options.house.observedMs();
    const row = { ...known, lookedAt, lookedObservedMs, isExisting: false };
    if (look === null || look.fingerprint === known.fingerprint) return row;
    const { files, bytes, fingerprint } = look;
    const changed = { changedAt: lookedAt, changedObservedMs: lookedObservedMs };
    return { ...row, files, bytes, fingerprint, ...changed };
  }

  #judged(
    row: SeenRow,
    { look, job, completeness }: {
      readonly look: Look;
      readonly job: Job | null;
      readonly completeness: AwaitedSignal;
    },
  ): Looked {
    const { hashes, house } = this.#options;
    const verdict = this.#verdict(row, {
      isKnown: job !== null,
      completeness,
      seen: {
        ...look,
        firstSeenAt: row.firstSeenAt,
        changedObservedMs: row.changedObservedMs,
        writers: NO_WRITERS,
        hashes: hashes.of(row.runPath, row.fingerprint),
        word: house.context.queue.seen.wordOn(row.runPath),
      },
    });
    switch (verdict.kind) {
      case "complete": {
        const evidence = job ? { ...verdict.evidence, again: true } : verdict.evidence;
        const waiting = { ...row, phase: "acquiring", waitsFor: "its turn to be taken" } as const;
        return { row: waiting, evidence, lookAgainInMs: null };
      }
      case "odd":
        return usual({ ...row, phase: "odd", waitsFor: verdict.why });
      case "acquiring": {
        const { hash: paths, waitsFor, lookAgainInMs } = verdict;
        if (paths) hashes.ask(row.runPath, { paths, fingerprint: row.fingerprint });
        // What another labferry says of a run it pushes stands in its records.
        const isForChange = verdict.isForChange === true && !this.#isReceived;
        const acquiring = { ...row, phase: "acquiring", waitsFor } as const;
        return { row: acquiring, evidence: null, lookAgainInMs, isForChange };
      }
    }
  }

  /** Who writes is asked last, and only of a run that is complete otherwise: it is not cheap. */
  #verdict(
    { runPath }: SeenRow,
    { seen, isKnown, completeness }: {
      readonly seen: SeenRun;
      readonly isKnown: boolean;
      readonly completeness: AwaitedSignal;
    },
  ): Verdict {
    const { house } = this.#options;
    // The signal of a run that was taken has been given; what it asks for now is quiet.
    const again = isKnown && completeness.signal !== "quiet_period"
      ? { signal: "quiet_period", quietMinutes: 0 } as const
      : completeness;
    const asked = this.#isPulled ? quietTwice(again, completeness) : again;
    const about = {
      policy: {
        completeness: asked,
        rules: this.#options.equipment.rules,
        settleMs: house.config.sync.settleSeconds * 1000,
      },
      now: { wallMs: house.context.clock.now().getTime(), observedMs: house.observedMs() },
    };
    const first = judge(seen, about);
    return first.kind === "complete"
      ? judge({ ...seen, writers: this.#writersOf(runPath) }, about)
      : first;
  }
}

/** Nobody can know who writes on another computer: twice the quiet stands in for it (`rules.md` 28). */
function quietTwice(asked: AwaitedSignal, configured: AwaitedSignal): AwaitedSignal {
  if (!("quietMinutes" in asked) || !("quietMinutes" in configured)) return asked;
  return { ...asked, quietMinutes: 2 * configured.quietMinutes };
}

/**
 * Records are ours and other programs' to write at any time; what is ignored is no data, and some of it
 * (a journal of Bruker's) is held open for ever.
 */
function writersOf({ dir, members }: RunData, ignore: readonly string[]): Writers {
  const { open, unknown } = openForWritingLately(dir);
  const isIgnored = nameMatcher(ignore);
  const inside = open.map(({ path, pid }) => ({ path: path.slice(dir.length + 1), pid }));
  const isOwn = members === null
    ? (path: string) => !path.startsWith(`${RECORDS_DIR}/`)
    : groupMembers(members);
  return { open: inside.filter(({ path }) => isOwn(path) && !isIgnored(path)), unknown };
}

/**
 * A run that a person enqueued was not seen to be taken. Nothing of it changed since its seal if there
 * is as much as was sealed, and no file has a time after it; else it is judged like any other.
 */
function isAsSealed(
  { takenFingerprint }: SeenRow,
  { look, job }: { readonly look: Look; readonly job: Job },
): boolean {
  if (takenFingerprint !== null || job.sealedAt === null) return false;
  const { exactMs, coarseMs } = look.newest;
  if (exactMs === null && coarseMs === null) return false;
  const newestMs = Math.max(exactMs ?? -Infinity, coarseMs ?? -Infinity);
  return look.files === job.files && look.bytes === job.bytes &&
    newestMs < Date.parse(job.sealedAt);
}

function usual(row: SeenRow): Looked {
  return { row, evidence: null, lookAgainInMs: null };
}
