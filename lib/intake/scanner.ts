/**
 * The scanner: what makes intake right, whatever the file events do. Each round lets every equipment's
 * walk that has something to do go on; a walk that takes long, or hangs, goes on beside the rounds.
 */
import { type FaultListener, type Rest, Rounds } from "../base/mod.ts";
import { type Equipment, stagingRootOf } from "../config/mod.ts";
import { EquipmentScan, type EquipmentScanOptions } from "./equipment_scan.ts";
import type { RootState } from "./root_watch.ts";
import { FirstStart } from "./first_start.ts";
import { fileTree } from "./file_tree.ts";
import { overShare, pulledTree } from "./pulled_tree.ts";
import { ownTree, type RunTree, watchedTree } from "./run_tree.ts";
import type { ScanHouse } from "./scan_house.ts";
import { isBelow } from "./two_roots.ts";

export interface ScannerOptions extends Omit<ScanHouse, "observedMs"> {
  /** Runs look different from what was last told, at most once a round. @default nobody has to know */
  readonly onSeen?: () => void;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener;
}

/** A round waits so long for its walks; those that take longer ring when they end. */
const ROUND_MS = 2_000;
/** Bursts of events are one round. */
const GATHER_MS = 200;

function watchedAs(path: string, options: Parameters<typeof watchedTree>[1]): RunTree {
  const { intake, pull } = options.equipment;
  if (intake?.run.kind === "files") return overShare(fileTree(path, options), options);
  return pull === null ? watchedTree(path, options) : pulledTree(path, options);
}

export class Scanner extends Rounds {
  readonly #options: ScannerOptions;
  readonly #scans: EquipmentScan[] = [];
  readonly #firstStarts: FirstStart[] = [];
  readonly #observedMs: () => number;
  readonly #underWay = new Map<EquipmentScan, Promise<void>>();
  /** Walks of which the last came to no good end: a round does not wait for the next. */
  readonly #failed = new Set<EquipmentScan>();
  #bug: { readonly fault: unknown } | null = null;

  constructor(options: ScannerOptions) {
    const { config, context, onFault } = options;
    const restMs = Math.max(1, config.sync.scanSeconds) * 1_000;
    super({
      name: "Looking for runs",
      round: (signal) => this.#round(signal),
      isUnclear: () => this.#failed.size > 0,
      restMs,
      gatherMs: () => GATHER_MS,
      last: () => this.#settled(),
      log: context.log,
      onFault,
      clock: context.clock,
    });
    this.#options = options;
    const livedMs = context.queue.observedTime.ms();
    const startedMs = context.clock.monotonicMs();
    this.#observedMs = () => Math.floor(livedMs + context.clock.monotonicMs() - startedMs);
    for (const equipment of config.equipment) this.#lookAll(equipment);
  }

  /** Another equipment, of which the first run was received: its root is looked at from now on. */
  add(equipment: Equipment): void {
    this.#look({ equipment });
    super.ring();
  }

  /** Its own root, what is received of it, and the folders of its software that are watched. */
  #lookAll(equipment: Equipment): void {
    const stagingRoot = stagingRootOf(this.#options.config);
    const isReceived = stagingRoot !== null && equipment.syncMode === "nas" &&
      equipment.localRoot !== stagingRoot;
    const roots = [equipment.localRoot, ...(isReceived ? [stagingRoot] : [])];
    const house = this.#house;
    const firstStart = this.#firstStartOf(equipment);
    const trees: Pick<EquipmentScanOptions, "equipment" | "tree" | "firstStart">[] = [
      ...roots.map((localRoot) => {
        const one = { ...equipment, localRoot };
        const tree = one.pull === null || localRoot !== equipment.localRoot
          ? ownTree(one, house)
          : pulledTree(null, { equipment: one, house });
        return { equipment: one, tree };
      }),
      ...(equipment.intake?.watch ?? []).map((path) => ({
        equipment,
        ...(firstStart ? { firstStart } : {}),
        tree: watchedAs(path, { equipment, house }),
      })),
    ];
    const { realPaths = new Map() } = this.#options;
    for (const { tree, ...about } of trees) {
      const isOwn = (runPath: string) =>
        tree!.owns?.(runPath) ?? isBelow(runPath, { ...tree!, realPaths });
      this.#look({ ...about, tree: tree!, ...(trees.length > 1 ? { isOwn } : {}) });
    }
  }

  /** One for all folders that are watched of an equipment. */
  #firstStartOf(equipment: Equipment): FirstStart | null {
    if (!equipment.intake || equipment.intake.existing === "all") return null;
    const onFault = (fault: unknown) => this.#beside(fault);
    const firstStart = new FirstStart({
      equipment,
      house: this.#house,
      signal: this.signal,
      onFault,
    });
    this.#firstStarts.push(firstStart);
    return firstStart;
  }

  #beside(fault: unknown): void {
    this.#bug = { fault };
    super.ring();
  }

  get #house(): ScanHouse {
    return { ...this.#options, observedMs: this.#observedMs };
  }

  #look(
    about: Pick<EquipmentScanOptions, "equipment" | "tree" | "isOwn" | "firstStart">,
  ): void {
    this.#scans.push(
      new EquipmentScan({
        ...about,
        house: this.#house,
        signal: this.signal,
        ring: () => super.ring(),
        onFault: (fault) => this.#beside(fault),
      }),
    );
  }

  /** Something may have come or changed, nobody knows where: every root is looked at. */
  override ring(): void {
    for (const scan of this.#scans) scan.notice(null);
  }

  /** How every equipment's root answers. */
  get roots(): readonly RootState[] {
    return this.#scans.map(({ root }) => root.state);
  }

  /**
   * Takes a person's word that a run is complete (its path without links): it is taken as soon as it is
   * quiet. False for a folder that no scan looks at.
   */
  sayComplete(runPath: string, { by }: { readonly by: string }): boolean {
    const scan = this.#scans.find((one) => one.covers(runPath));
    if (!scan || scan.root.fault !== null) return false;
    this.#options.context.queue.seen.sayComplete(runPath, by);
    scan.notice(runPath);
    return true;
  }

  async #round(signal: AbortSignal): Promise<Rest> {
    this.#throwBug();
    const nowMs = this.#nowMs();
    for (const scan of this.#scans) {
      if (this.#underWay.has(scan)) scan.root.wait();
      else if (scan.nextMs() <= nowMs) this.#begin(scan);
    }
    const fast = new AbortController();
    const slow = this.#options.context.clock.sleep(ROUND_MS, AbortSignal.any([signal, fast.signal]))
      .catch((error) => {
        if (!signal.aborted && !fast.signal.aborted) throw error;
      });
    await Promise.race([Promise.all(this.#underWay.values()), slow]);
    fast.abort();
    const changed = this.#scans.filter((scan) => scan.takeNews());
    if (changed.length > 0) this.#options.onSeen?.();
    this.#throwBug();
    const idle = this.#scans.filter((scan) => !this.#underWay.has(scan));
    const nextMs = Math.min(...idle.map((scan) => scan.nextMs()), this.#nowMs() + this.#scanMs());
    return Math.max(0, nextMs - this.#nowMs());
  }

  /** Once: a trouble of the moment is logged by the round, and the next round looks again. */
  #throwBug(): void {
    const bug = this.#bug;
    this.#bug = null;
    if (bug) throw bug.fault;
  }

  #begin(scan: EquipmentScan): void {
    const end = scan.scan().then(() => void this.#failed.delete(scan), (fault) => {
      if (this.signal.aborted) return;
      this.#failed.add(scan);
      this.#bug = { fault };
    }).finally(() => {
      this.#underWay.delete(scan);
      super.ring();
    });
    this.#underWay.set(scan, end);
  }

  async #settled(): Promise<void> {
    // One that waits for a share that hangs has nothing under way that it would have to end.
    const answering = this.#scans.filter(({ root }) => !root.isSilent);
    await Promise.all(answering.map((scan) => this.#underWay.get(scan)));
    await Promise.all([...answering, ...this.#firstStarts].map((one) => one.settled()));
  }

  #nowMs(): number {
    return this.#options.context.clock.monotonicMs();
  }

  #scanMs(): number {
    return Math.max(1, this.#options.config.sync.scanSeconds) * 1_000;
  }
}
