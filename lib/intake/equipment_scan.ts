/**
 * The slow walk of one equipment's root: finds runs, looks at those that are being acquired, and at
 * taken ones when something was noticed, when they were just proven, and once a day. One equipment is
 * one walk, so that a share that hangs holds up its own runs only.
 */
import { LabferryError } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { isProven } from "../jobs/mod.ts";
import type { SeenRow } from "../queue/mod.ts";
import { tidyRecords } from "../records/mod.ts";
import type { FirstListing } from "./first_listing.ts";
import { FirstLooks } from "./first_looks.ts";
import type { FirstStart } from "./first_start.ts";
import { noteGone } from "./gone_run.ts";
import { LoggedOnce } from "./logged_once.ts";
import { againAfterMs, LookTimes } from "./look_times.ts";
import { ManifestHashes } from "./manifest_hashes.ts";
import { Notices } from "./notices.ts";
import { openJob } from "./open_job.ts";
import { provenElsewhere } from "./proven_elsewhere.ts";
import { RefusedChanges } from "./refused_changes.ts";
import { devOf, folderIdOf, renamedFrom } from "./renamed.ts";
import { RootWatch } from "./root_watch.ts";
import { type Looked, RunLooks } from "./run_looks.ts";
import { ownTree, type RunTree } from "./run_tree.ts";
import type { ScanHouse } from "./scan_house.ts";
import { freshRow, SeenBook, takenNewestFirst } from "./seen_book.ts";
import { Taking } from "./taking.ts";
import { ownRows } from "./two_roots.ts";

export interface EquipmentScanOptions {
  readonly equipment: Equipment;
  /** Where its runs are. @default its own, `<root>/<EQUIPMENT>/<project>/Runs` */
  readonly tree?: RunTree;
  readonly house: ScanHouse;
  readonly signal: AbortSignal;
  /** Since when its runs are looked after, where that is not all of them. */
  readonly firstStart?: FirstStart;
  /** Which of the equipment's runs are below this root, where it has another besides. */
  readonly isOwn?: (runPath: string) => boolean;
  /** There is something to do. */
  readonly ring: () => void;
  /** A bug, in work that goes on beside the scans. */
  readonly onFault: (fault: unknown) => void;
}

const DAY_MS = 24 * 3600 * 1000;
/** A proven run under another name is a person's matter; until then events tell what changes in it. */
const RENAMED_AGAIN_MS = 3600 * 1000;

export class EquipmentScan {
  readonly root: RootWatch;
  readonly #options: EquipmentScanOptions;
  readonly #tree: RunTree;
  readonly #known: SeenBook;
  readonly #looks: RunLooks;
  readonly #hashes: ManifestHashes;
  readonly #taking: Taking;
  readonly #notices: Notices;
  readonly #times: LookTimes;
  readonly #first: FirstLooks;
  readonly #firstListing: FirstListing | null;
  /** Complete, while another run of the equipment was being taken. */
  readonly #inLine = new Set<string>();
  readonly #refused: RefusedChanges;
  readonly #logged: LoggedOnce;
  #listAtMs = 0;
  /** The equipment's folder without links, as it was listed last. */
  #folder: string;

  constructor(options: EquipmentScanOptions) {
    this.#options = options;
    const { equipment, house, signal, firstStart } = options;
    const { queue, log, clock, pool } = house.context;
    const tree = this.#tree = options.tree ?? ownTree(equipment, house);
    this.#folder = tree.folder;
    this.#logged = new LoggedOnce(log);
    this.#refused = new RefusedChanges(queue.jobs);
    this.#times = new LookTimes(() => this.#nowMs());
    const rows = ownRows(queue.seen.ofEquipment(equipment.id), options.isOwn);
    this.#known = new SeenBook(queue.seen, rows);
    const [equipmentId, dev] = [equipment.id, devOf(rows)];
    this.root = new RootWatch({ equipmentId, path: tree.path, dev, log, clock, ...house });
    const isSettled = equipment.intake?.existing === "new_only";
    for (const { runPath, isExisting } of rows) {
      // What was left alone may not be any more: the configuration may say another day.
      if (this.#known.isOpen(runPath) || (isExisting && !isSettled)) this.#times.notice(runPath);
    }
    this.#first = new FirstLooks(takenNewestFirst(rows), () => this.#nowMs());
    const onFault = (fault: unknown) => this.#beside(fault);
    const onDone = (runPath: string) => this.notice(runPath);
    this.#hashes = new ManifestHashes({ pool, signal, onDone, onFault });
    const onFree = () => {
      for (const runPath of this.#inLine) this.notice(runPath);
      this.#inLine.clear();
    };
    this.#taking = new Taking({ tree, house, signal, onFree, onFault });
    const onNotice = (path: string | null) => this.notice(path === null ? null : tree.runAt(path));
    const onLost = () => this.#lost();
    const { namesOfRun } = tree;
    this.#notices = new Notices({ equipmentId, namesOfRun, log, clock, pool, onNotice, onLost });
    this.#firstListing = firstStart?.listingOf(tree.path) ?? null;
    this.#looks = new RunLooks({ equipment, tree, house, hashes: this.#hashes, firstStart });
  }

  /** True for a run that this scan sees, or will see with its next listing. */
  covers(runPath: string): boolean {
    return this.#known.has(runPath) || this.#tree.covers(runPath, this.#folder);
  }

  /** Something changed below this run, or (null) it is not known where. */
  notice(runPath: string | null): void {
    this.#options.house.onNotice?.();
    if (runPath !== null && this.#known.has(runPath)) {
      this.#times.notice(runPath);
    } else this.#listAtMs = 0;
    this.#options.ring();
  }

  /** Events were lost: open runs are looked at at once, the others before long. */
  #lost(): void {
    this.#times.noticeAll();
    for (const runPath of this.#known.paths()) {
      if (this.#known.isOpen(runPath)) this.notice(runPath);
    }
    this.notice(null);
  }

  /** As that of `SeenBook`. */
  takeNews(): boolean {
    return this.#known.takeNews();
  }

  /** Monotonic: when there is something to do that nobody has to notice. */
  nextMs(): number {
    if (this.root.fault !== null) return this.#listAtMs;
    return Math.min(this.#listAtMs, this.#times.nextMs, this.#first.nextMs);
  }

  /** Work that goes on beside the scans; for the end of the service. */
  async settled(): Promise<void> {
    this.#notices.close();
    await this.#taking.settled();
    await this.#hashes.settled();
    this.#known.end();
  }

  async scan(): Promise<void> {
    if (this.#nowMs() >= this.#listAtMs) await this.#list();
    if (this.root.fault === null) {
      const { signal } = this.#options;
      for (const runPath of this.#due()) {
        if (signal.aborted) return;
        await this.#tryLook(runPath);
      }
      await this.#first.goOn((runPath) => this.#tryLook(runPath), signal);
    }
    this.root.answered();
  }

  async #list(): Promise<void> {
    this.#listAtMs = this.#nowMs() + this.#scanMs();
    const { equipment, house } = this.#options;
    // Another labferry's tree is looked at by that one alone.
    const refusal = await house.context.trees.refusal(equipment.id);
    const look = refusal ? { fault: refusal.message } : await this.#tree.look();
    if (!this.root.see(look, { knowsRuns: this.#known.size > 0 }) || "fault" in look) return;
    this.#folder = look.folder;
    if (!this.#tree.isShare) await this.#notices.keep(look.folder);
    const { runs, unread } = await this.#tree.runsIn(look.folder);
    for (const error of unread) this.#logged.tell(error);
    const holdsKnown = runs.some((runPath) => this.#known.has(runPath));
    if (!this.root.recognise(look, { knowsRuns: this.#known.size > 0, holdsKnown })) return;
    this.#firstListing?.begin({ dev: look.dev, knowsRuns: this.#known.size > 0 });
    for (const runPath of runs) if (!this.#known.has(runPath)) await this.#meet(runPath);
    if (unread.length > 0) return;
    this.#firstListing?.end();
    this.#forgetGone(new Set(runs));
  }

  /** A run that was never seen, or was seen under another name. */
  async #meet(runPath: string): Promise<void> {
    const { queue, log, clock } = this.#options.house.context;
    // What a killed `run new` left; those of runs in the queue are swept in turn.
    const { dir, members } = this.#tree.dataOf(runPath);
    const isOthers = members !== null || this.#tree.isShare;
    if (!isOthers) await tidyRecords(runPath, { clock, signal: this.#options.signal });
    const folder = this.#tree.isShare ? null : await folderIdOf(dir);
    // Files under another name are another group.
    const before = members === null
      ? await renamedFrom(folder, this.#known.ofFolder(folder))
      : null;
    if (before === null) return this.#put(this.#fresh(runPath, folder));
    log("info", "a run's folder was renamed", { path: runPath, before: before.runPath });
    if (queue.jobs.byRun(before.runPath)) return this.#put(this.#fresh(runPath, folder));
    this.#put({ ...before, runPath });
    this.#drop(before.runPath);
  }

  #fresh(runPath: string, folder: string | null): SeenRow {
    const { context, observedMs } = this.#options.house;
    return freshRow({
      runPath,
      folder,
      equipmentId: this.#options.equipment.id,
      at: context.clock.now().toISOString(),
      observedMs: observedMs(),
      hasAppeared: this.#firstListing?.isOver ?? false,
    });
  }

  /** What was never taken and is gone is forgotten; a job's run stays known, to be recognised. */
  #forgetGone(there: ReadonlySet<string>): void {
    const { queue, log } = this.#options.house.context;
    for (const runPath of [...this.#known.paths()]) {
      if (there.has(runPath) || openJob(runPath, queue)) continue;
      this.#drop(runPath);
      log("info", "a run's folder is gone before it was complete", { path: runPath });
    }
  }

  #due(): string[] {
    const { context, observedMs } = this.#options.house;
    const { id } = this.#options.equipment;
    this.#known.write();
    // One walk a day over all of them, spread out: twice as many as that takes, so that it ends.
    const limit = Math.max(2, Math.ceil(2 * this.#known.size * this.#scanMs() / DAY_MS));
    const old = context.queue.seen.unseenSince(id, {
      at: new Date(context.clock.now().getTime() - DAY_MS).toISOString(),
      observedMs: observedMs() - DAY_MS,
      limit,
    });
    const due = this.#times.due(this.#known.paths());
    return [...new Set([...due, ...context.queue.seen.unchecked(id), ...old])];
  }

  async #tryLook(runPath: string): Promise<void> {
    const known = this.#known.get(runPath);
    this.root.step();
    const startedMs = this.#nowMs();
    this.#times.settle(runPath);
    this.#first.settle(runPath);
    if (!known) return;
    if (this.#taking.isAt(runPath)) {
      this.#inLine.add(runPath);
      return;
    }
    let againInMs = this.#scanMs();
    try {
      if (await this.#isProvenElsewhere(known)) {
        againInMs = RENAMED_AGAIN_MS;
        return;
      }
      const looked = await this.#looks.look(known, this.#options.signal);
      if (looked.isGone) await this.#noteGone(runPath);
      this.#settle(looked);
      againInMs = againAfterMs(looked, { scanMs: againInMs, isTold: this.#notices.isWatching });
      this.#logged.forget(runPath);
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
      this.#logged.tell(error);
    } finally {
      // A share's silence says nothing of how long a look takes.
      const tookMs = this.root.isSilent ? 0 : this.#nowMs() - startedMs;
      this.#times.looked(runPath, {
        tookMs,
        againInMs: this.#known.isOpen(runPath) ? againInMs : null,
      });
    }
  }

  async #noteGone(runPath: string): Promise<void> {
    const { house, signal } = this.#options;
    const job = house.context.queue.jobs.byRun(runPath);
    if (job && !await noteGone(job, { house, signal })) this.notice(runPath);
  }

  #settle({ row, evidence }: Looked): void {
    const asItIs = this.#refused.asItIs(row);
    const refused = this.#refused.of(row);
    if (evidence !== null && refused !== null) {
      const { why: waitsFor, generation: checkedGeneration } = refused;
      return this.#put({ ...row, phase: "odd", waitsFor, checkedGeneration });
    }
    this.#put(row);
    if (evidence === null) return;
    const isBegun = this.#taking.begin({
      runPath: row.runPath,
      evidence,
      onTaken: (job) => {
        this.#hashes.forget(row.runPath);
        this.#times.settle(row.runPath);
        this.#put({
          ...row,
          phase: "taken",
          takenFingerprint: row.fingerprint,
          checkedGeneration: isProven(job) ? job.generation : null,
          waitsFor: null,
        });
      },
      onMoved: (to) => {
        const { log } = this.#options.house.context;
        log("info", "a complete run was moved into the layout", { path: row.runPath, to });
        this.#drop(row.runPath);
      },
      onOdd: (error) => {
        this.#put({ ...row, phase: "odd", waitsFor: error.message });
        if (error.code !== "mass_change") return;
        this.#logged.tell(error);
        this.#refused.refuse(row, { asItIs, why: error.message });
      },
    });
    if (!isBegun) this.#inLine.add(row.runPath);
  }

  async #isProvenElsewhere(known: SeenRow): Promise<boolean> {
    const { house, signal } = this.#options;
    const others = this.#known.others(known);
    const waitsFor = await provenElsewhere(known, { others, house, signal });
    if (waitsFor === null) return false;
    if (known.waitsFor !== waitsFor) this.#put({ ...known, phase: "odd", waitsFor });
    return true;
  }

  #put(row: SeenRow): void {
    const { isNew, isChanged } = this.#known.put(row);
    if (isChanged) this.#options.house.onNotice?.();
    if (isNew) this.#times.notice(row.runPath);
  }

  #drop(runPath: string): void {
    this.#options.house.onNotice?.();
    this.#known.drop(runPath);
    this.#times.forget(runPath);
    this.#hashes.forget(runPath);
  }

  #beside(fault: unknown): void {
    if (fault instanceof LabferryError) this.#logged.tell(fault);
    else this.#options.onFault(fault);
  }

  #nowMs(): number {
    return this.#options.house.context.clock.monotonicMs();
  }

  #scanMs(): number {
    return Math.max(1, this.#options.house.config.sync.scanSeconds) * 1000;
  }
}
