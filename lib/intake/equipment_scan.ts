/**
 * The slow walk of one equipment's root: finds runs, looks at those that are being acquired, and at
 * taken ones when something was noticed, when they were just proven, and once a day. One equipment is
 * one walk, so that a share that hangs holds up its own runs only.
 */
import { resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { realPathOrNull } from "../disk/mod.ts";
import type { SeenRow } from "../queue/mod.ts";
import { equipmentDir, findRunAddress, tidyRecords } from "../records/mod.ts";
import { ManifestHashes } from "./manifest_hashes.ts";
import { Notices } from "./notices.ts";
import { folderIdOf, renamedFrom } from "./renamed.ts";
import { RootWatch } from "./root_watch.ts";
import { lookAtRoot, runFoldersOf } from "./run_folders.ts";
import { type Looked, RunLooks } from "./run_looks.ts";
import type { ScanHouse } from "./scan_house.ts";
import { Taking } from "./taking.ts";
import { ownRows } from "./two_roots.ts";

export interface EquipmentScanOptions {
  readonly equipment: Equipment;
  readonly house: ScanHouse;
  readonly signal: AbortSignal;
  /** Which of the equipment's runs are below this root, where it has another besides. */
  readonly isOwn?: (runPath: string) => boolean;
  /** There is something to do. */
  readonly ring: () => void;
  /** A bug, in work that goes on beside the scans. */
  readonly onFault: (fault: unknown) => void;
}

const DAY_MS = 24 * 3600 * 1000;
/** A run that takes long to look at is looked at more seldom: at most a twentieth of the time. */
const REST_PER_LOOK = 20;
/** What takes less is a small run, and perhaps a busy computer. */
const LONG_LOOK_MS = 1_000;
/** Events come in bursts; between two looks at one run lies at least this. */
const SHORTEST_REST_MS = 500;
/** Between two looks at all runs because events were lost. */
const SHORTEST_BETWEEN_ALL_MS = 10 * 60_000;

export class EquipmentScan {
  readonly root: RootWatch;
  readonly #options: EquipmentScanOptions;
  readonly #known: Map<string, SeenRow>;
  readonly #looks: RunLooks;
  readonly #hashes: ManifestHashes;
  readonly #taking: Taking;
  readonly #notices: Notices;
  /** Monotonic: when a run is looked at next. A taken one has no entry until something is noticed. */
  readonly #dueAt = new Map<string, number>();
  /** Monotonic: until then it is not looked at, whatever is noticed. */
  readonly #restUntil = new Map<string, number>();
  /** Complete, while another run of the equipment was being taken. */
  readonly #inLine = new Set<string>();
  /** Changed as no instrument changes a run: read again only when it looks different. */
  readonly #refused = new Map<
    string,
    { readonly asItIs: string; readonly why: string; readonly generation: number | null }
  >();
  /** What was logged of a run or folder, until it goes well again. */
  readonly #logged = new Set<string>();
  #listAtMs = 0;
  #lookAtAllMs = Infinity;
  #lookedAtAllMs = -Infinity;

  constructor(options: EquipmentScanOptions) {
    this.#options = options;
    const { equipment, house, signal } = options;
    const { queue, log, clock, pool } = house.context;
    this.root = new RootWatch({ equipmentId: equipment.id, path: equipment.localRoot, log, clock });
    this.#known = ownRows(queue.seen.ofEquipment(equipment.id), options.isOwn);
    for (const runPath of this.#known.keys()) {
      if (this.#isOpen(runPath)) this.#dueAt.set(runPath, 0);
    }
    const onFault = (fault: unknown) => this.#beside(fault);
    const onDone = (runPath: string) => this.notice(runPath);
    this.#hashes = new ManifestHashes({ pool, signal, onDone, onFault });
    const onFree = () => {
      for (const runPath of this.#inLine) this.notice(runPath);
      this.#inLine.clear();
    };
    this.#taking = new Taking({ equipment, house, signal, onFree, onFault });
    const onNotice = (runPath: string | null) => this.notice(runPath);
    const onLost = () => this.#lost();
    this.#notices = new Notices({ equipmentId: equipment.id, log, clock, onNotice, onLost });
    this.#looks = new RunLooks({ equipment, house, hashes: this.#hashes });
  }

  /** True for a run that this scan sees, or will see with its next listing. */
  covers(runPath: string): boolean {
    const { id, localRoot } = this.#options.equipment;
    const address = findRunAddress(runPath);
    return this.#known.has(runPath) ||
      (address?.equipmentId === id && resolve(address.root) === resolve(localRoot));
  }

  /** Something changed below this run, or (null) it is not known where. */
  notice(runPath: string | null): void {
    if (runPath !== null && this.#known.has(runPath)) {
      this.#dueAt.set(runPath, Math.max(this.#nowMs(), this.#restUntil.get(runPath) ?? 0));
    } else this.#listAtMs = 0;
    this.#options.ring();
  }

  /** Events were lost: nobody knows which runs look different. In a storm that is so all the time. */
  #lost(): void {
    this.#lookAtAllMs = Math.max(this.#nowMs(), this.#lookedAtAllMs + SHORTEST_BETWEEN_ALL_MS);
    for (const runPath of this.#known.keys()) if (this.#isOpen(runPath)) this.notice(runPath);
    this.notice(null);
  }

  /** Monotonic: when there is something to do that nobody has to notice. */
  nextMs(): number {
    if (this.root.fault !== null) return this.#listAtMs;
    return Math.min(this.#listAtMs, this.#lookAtAllMs, ...this.#dueAt.values());
  }

  /** Work that goes on beside the scans; for the end of the service. */
  async settled(): Promise<void> {
    await this.#notices.close();
    await this.#taking.settled();
    await this.#hashes.settled();
  }

  async scan(): Promise<void> {
    if (this.#nowMs() >= this.#listAtMs) await this.#list();
    if (this.root.fault === null) {
      if (this.#nowMs() >= this.#lookAtAllMs) {
        for (const runPath of this.#known.keys()) this.notice(runPath);
        [this.#lookAtAllMs, this.#lookedAtAllMs] = [Infinity, this.#nowMs()];
      }
      for (const runPath of this.#due()) {
        if (this.#options.signal.aborted) return;
        this.root.step();
        await this.#tryLook(runPath);
      }
    }
    this.root.answered();
  }

  async #list(): Promise<void> {
    const { id, localRoot } = this.#options.equipment;
    this.#listAtMs = this.#nowMs() + this.#scanMs();
    if (!this.root.see(await lookAtRoot(localRoot, id))) return;
    const root = await realPathOrNull(localRoot) ?? localRoot;
    await this.#notices.keep(equipmentDir(root, id));
    const { runs, unread } = await runFoldersOf(root, id);
    for (const error of unread) this.#logOnce(error);
    for (const runPath of runs) if (!this.#known.has(runPath)) await this.#meet(runPath);
    if (unread.length === 0) this.#forgetGone(new Set(runs));
  }

  /** A run that was never seen, or was seen under another name. */
  async #meet(runPath: string): Promise<void> {
    const { queue, log, clock } = this.#options.house.context;
    // What a killed `run new` left; those of runs in the queue are swept in turn.
    await tidyRecords(runPath, { clock, signal: this.#options.signal });
    const folder = await folderIdOf(runPath);
    const before = await renamedFrom(folder, this.#known.values());
    if (before === null) return this.#put(this.#fresh(runPath, folder));
    log("info", "a run's folder was renamed", { path: runPath, before: before.runPath });
    if (queue.jobs.byRun(before.runPath)) return this.#put(this.#fresh(runPath, folder));
    this.#put({ ...before, runPath });
    this.#drop(before.runPath);
  }

  #fresh(runPath: string, folder: string | null): SeenRow {
    const { context, observedMs } = this.#options.house;
    const at = context.clock.now().toISOString();
    const observed = observedMs();
    return {
      runPath,
      equipmentId: this.#options.equipment.id,
      folder,
      phase: "acquiring",
      firstSeenAt: at,
      files: 0,
      bytes: 0,
      fingerprint: "",
      takenFingerprint: null,
      checkedGeneration: null,
      changedAt: at,
      changedObservedMs: observed,
      lookedAt: at,
      lookedObservedMs: observed,
      waitsFor: "the first file",
    };
  }

  /** What was never taken and is gone is forgotten; a job's run stays known, to be recognised. */
  #forgetGone(there: ReadonlySet<string>): void {
    const { queue, log } = this.#options.house.context;
    for (const runPath of [...this.#known.keys()]) {
      if (there.has(runPath) || queue.jobs.byRun(runPath)) continue;
      this.#drop(runPath);
      log("info", "a run's folder is gone before it was complete", { path: runPath });
    }
  }

  #due(): string[] {
    const { context, observedMs } = this.#options.house;
    const { id } = this.#options.equipment;
    const nowMs = this.#nowMs();
    // One walk a day over all of them, spread out: twice as many as that takes, so that it ends.
    const limit = Math.max(2, Math.ceil(2 * this.#known.size * this.#scanMs() / DAY_MS));
    const old = context.queue.seen.unseenSince(id, {
      at: new Date(context.clock.now().getTime() - DAY_MS).toISOString(),
      observedMs: observedMs() - DAY_MS,
      limit,
    });
    const due = [...this.#dueAt].filter(([, ms]) => ms <= nowMs).map(([runPath]) => runPath);
    return [...new Set([...due, ...context.queue.seen.unchecked(id), ...old])];
  }

  async #tryLook(runPath: string): Promise<void> {
    const known = this.#known.get(runPath);
    const startedMs = this.#nowMs();
    this.#dueAt.delete(runPath);
    if (!known) return;
    if (this.#taking.isAt(runPath)) {
      this.#inLine.add(runPath);
      return;
    }
    let restMs: number | null = null;
    try {
      if (await this.#isProvenElsewhere(known)) return;
      const looked = await this.#looks.look(known, this.#options.signal);
      this.#settle(looked);
      restMs = looked.lookAgainInMs;
      this.#forgetLogged(runPath);
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
      this.#logOnce(error);
    } finally {
      const nowMs = this.#nowMs();
      const tookMs = nowMs - startedMs;
      const leastMs = tookMs > LONG_LOOK_MS ? REST_PER_LOOK * tookMs : SHORTEST_REST_MS;
      this.#restUntil.set(runPath, nowMs + leastMs);
      const wantedMs = Math.min(restMs ?? this.#scanMs(), this.#scanMs());
      const noticedMs = this.#dueAt.get(runPath);
      if (noticedMs !== undefined) this.#dueAt.set(runPath, nowMs + leastMs);
      else if (this.#isOpen(runPath)) this.#dueAt.set(runPath, nowMs + Math.max(wantedMs, leastMs));
    }
  }

  #isOpen(runPath: string): boolean {
    const known = this.#known.get(runPath);
    return known !== undefined && known.phase !== "taken";
  }

  #settle({ row, evidence }: Looked): void {
    const asItIs = this.#asItIs(row);
    const refused = this.#refused.get(row.runPath);
    if (evidence !== null && refused?.asItIs === asItIs) {
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
        this.#dueAt.delete(row.runPath);
        this.#put({
          ...row,
          phase: "taken",
          takenFingerprint: row.fingerprint,
          checkedGeneration: job.state === "verified" ? job.generation : null,
          waitsFor: null,
        });
      },
      onOdd: (error) => {
        this.#put({ ...row, phase: "odd", waitsFor: error.message });
        if (error.code !== "mass_change") return;
        this.#logOnce(error);
        const generation = this.#generationOf(row.runPath);
        this.#refused.set(row.runPath, { asItIs, why: error.message, generation });
      },
    });
    if (!isBegun) this.#inLine.add(row.runPath);
  }

  /** A proven run whose folder was renamed is that run: it is not sent twice. */
  async #isProvenElsewhere(known: SeenRow): Promise<boolean> {
    const { queue } = this.#options.house.context;
    if (queue.jobs.byRun(known.runPath)) return false;
    const others = [...this.#known.values()].filter(({ runPath, folder }) =>
      runPath !== known.runPath && folder === known.folder
    );
    const before = await renamedFrom(known.folder, others);
    const job = before && queue.jobs.byRun(before.runPath);
    if (!job || job.verifyPasses === 0) return false;
    const waitsFor =
      `it is ${job.runPath}, which is proven, under another name; it is not sent twice`;
    if (known.waitsFor !== waitsFor) this.#put({ ...known, phase: "odd", waitsFor });
    return true;
  }

  /** The data as it was seen, in the generation it belongs to. */
  #asItIs({ runPath, fingerprint }: SeenRow): string {
    return `${this.#generationOf(runPath)} ${fingerprint}`;
  }

  #generationOf(runPath: string): number | null {
    return this.#options.house.context.queue.jobs.byRun(runPath)?.generation ?? null;
  }

  #put(row: SeenRow): void {
    if (!this.#known.has(row.runPath)) this.#dueAt.set(row.runPath, 0);
    this.#known.set(row.runPath, row);
    this.#options.house.context.queue.seen.put(row);
  }

  #drop(runPath: string): void {
    this.#known.delete(runPath);
    this.#dueAt.delete(runPath);
    this.#restUntil.delete(runPath);
    this.#hashes.forget(runPath);
    this.#options.house.context.queue.seen.forget(runPath);
  }

  #beside(fault: unknown): void {
    if (fault instanceof LabferryError) this.#logOnce(fault);
    else this.#options.onFault(fault);
  }

  #logOnce({ code, message, path = "" }: LabferryError): void {
    const key = `${path}\0${code}`;
    if (this.#logged.has(key)) return;
    this.#logged.add(key);
    this.#options.house.context.log("warn", message, { code, path });
  }

  #forgetLogged(runPath: string): void {
    for (const key of this.#logged) if (key.startsWith(runPath)) this.#logged.delete(key);
  }

  #nowMs(): number {
    return this.#options.house.context.clock.monotonicMs();
  }

  #scanMs(): number {
    return Math.max(1, this.#options.house.config.sync.scanSeconds) * 1000;
  }
}
