/**
 * Everything outside the process: disk, NAS, time, what people do, and what really is. The process
 * changes the world only through doors that count its effects; the life changes it by its own hand,
 * between them.
 */
import type { Dice } from "./dice.ts";
import { useDisk } from "./disk_door.ts";
import { connectionLost, nodeOrNull } from "./far_disk.ts";
import { FarSide } from "./far_side.ts";
import type { FarHabits, FarSeen } from "./far_side.ts";
import { Fate } from "./fate.ts";
import { Ledger } from "./ledger.ts";
import { LocalDisk, SIM } from "./local_disk.ts";
import type { Needs } from "./needs.ts";
import { processNow, type SimProcess, type Station } from "./process.ts";
import { SimClock, SimTime } from "./sim_clock.ts";
import { Broken, Story } from "./story.ts";
import { systemError } from "./system_error.ts";
import type { TreeNode } from "./tree.ts";
import { RECORD_FILES } from "../../lib/records/mod.ts";
import { IDENTITY_FILE, TransportError } from "../../lib/transports/mod.ts";

export const EQUIPMENT = "PLATE_01";
export const DATA_ROOT = `${SIM}/data`;
/** Where the NAS is mounted, and the base on it. */
export const MOUNT_POINT = `${SIM}/nas`;
export const FAR_BASE = `${MOUNT_POINT}/lab`;
const CACHE_MS = 12 * 3_600_000;
/** Of this computer's disk; every other file system is a NAS. */
const LOCAL_DEV = 1;
const WRITTEN_BACK_MS = 30_000;

/** All that one connection hashed over there. */
export interface Comparison {
  readonly session: number;
  readonly station: Station;
  /** The process that made it. */
  readonly epoch: number;
  readonly beganAliveMs: number;
  readonly beganWallMs: number;
  endedAliveMs: number;
  endedTrueMs: number;
  endedWallMs: number;
  /** By far path. */
  readonly seen: Map<string, FarSeen & { readonly disk: TreeNode }>;
}

/** Faults that are put into the product's surroundings on purpose: the simulation has to find them. */
export interface Sabotage {
  /** The NAS answers from this computer's memory and says that it does not. */
  readonly lyingCache?: boolean;
  /** Every disk that is mounted says that it is the right one. */
  readonly noIdentity?: boolean;
  /** Local files are not read again before they go. */
  readonly noRehash?: boolean;
  /** A push takes the name of what stands in its way. */
  readonly overwrites?: boolean;
  /** Passes and ages of minutes are enough. */
  readonly hasty?: boolean;
  /** The NAS says that it has flushed, and has not. */
  readonly lyingFlush?: boolean;
  /** Copies go while there is room. */
  readonly needless?: boolean;
  /** Nobody asks who looks after the tree. */
  readonly unclaimed?: boolean;
  /** A deletion needs a pass less than is configured. */
  readonly onePassLess?: boolean;
  /** Records do not say that a person keeps a run. */
  readonly forgetfulRecords?: boolean;
}

export interface WorldOptions {
  readonly dice: Dice;
  readonly habits: FarHabits;
  readonly sabotage: Sabotage;
  readonly needs: Needs;
}

/** A local name that a process takes away. */
export interface Unlink {
  readonly path: string;
  readonly node: TreeNode;
  readonly process: SimProcess;
}

export class World {
  readonly time = new SimTime();
  readonly story = new Story(this.time);
  readonly dice: Dice;
  readonly disk: LocalDisk;
  readonly far: FarSide;
  readonly ledger: Ledger;
  readonly sabotage: Sabotage;
  readonly needs: Needs;
  readonly habits: FarHabits;
  /** Those that were started and are not buried yet. */
  readonly processes = new Set<SimProcess>();
  #epochs = 0;
  bootedTrueMs = 0;
  comparisons: Comparison[] = [];
  /** The file system that was marked as the destination; the others are none. */
  rightNas: TreeNode | null = null;
  isReachable = true;
  isLocalFull = false;
  isFarFull = false;
  openForWriting: string[] = [];
  /** Told before a process takes a local name away. */
  onUnlink: (unlink: Unlink) => void = () => {};
  /** Local files the process has read to their end, and when, in true time. */
  readonly readAt = new Map<TreeNode, { trueMs: number; epoch: number; activity: number }>();
  /** Files that rotted without a trace, and when, by the count of what happens. */
  readonly rottedAt = new Map<TreeNode, number>();
  /** Contents whose far copy the life damaged after a look that still counts. */
  readonly damagedAfterLook = new Set<string>();
  /** Contents of which the life took the last copy that was on a disk for certain. */
  readonly forgiven = new Set<string>();
  /** Files of which the life's own hand, and no process, wrote what is in them. */
  readonly writtenByHand = new WeakSet<TreeNode>();
  readonly broken: Broken[] = [];
  /** What is done now is the life's own, whoever's code runs. */
  #byHand = 0;
  #isPowerCut = false;
  /** When somebody wrote who looks after the tree, in true time. */
  claimedAtMs = 0;
  readonly #memory = new Map<string, { readonly bytes: Uint8Array; readonly untilMs: number }>();

  constructor({ dice, habits, sabotage, needs }: WorldOptions) {
    this.needs = needs;
    this.dice = dice;
    this.habits = habits;
    this.sabotage = sabotage;
    this.ledger = new Ledger({
      onLast: (content, what) => this.#lastCopyGone(content, what),
      uncertain: () => this.disk.unflushed.uncertain(),
    });
    this.disk = new LocalDisk({
      now: () => this.time.wallMs,
      onEffect: (what, path) => this.#effect(what, path),
      onBytes: (node, after) => this.ledger.onBytes(node, after),
      onRemove: (path, node) => this.#removed(path, node),
      onRead: (node) => this.#read(node),
      onBack: (node) => this.ledger.onBack(node),
      owner: () => this.actor,
      ...(sabotage.forgetfulRecords ? { seenAs: withoutPin } : {}),
    });
    useDisk(this.disk, { openForWriting: () => this.openForWriting });
    this.far = new FarSide({
      disk: this.disk,
      base: FAR_BASE,
      habits: {
        ...habits,
        ...(sabotage.lyingCache ? { hashesThere: true } : {}),
        ...(sabotage.lyingFlush ? { flushesAtOnce: false } : {}),
      },
      watch: {
        onCall: (op) => this.#farCall(op),
        onConnect: (session) => this.#connected(session),
        onHashed: (session, seen) => this.#hashed(session, seen),
        remembered: (path) => this.#remembered(path),
        onWritten: (path, bytes) => this.#remember(path, bytes),
      },
      flushesNothing: sabotage.lyingFlush ?? false,
      answersFromMemory: !habits.hashesThere || (sabotage.lyingCache ?? false),
      overwrites: sabotage.overwrites ?? false,
    });
  }

  /** Whose doing it is; null: the life's own. */
  get actor(): SimProcess | null {
    return this.#byHand > 0 ? null : processNow();
  }

  /** Does something by the life's own hand: no process is asked. */
  byHand<T>(act: () => T): T {
    this.#byHand++;
    try {
      return act();
    } finally {
      this.#byHand--;
    }
  }

  beginProcess(station: Station): SimProcess {
    const process: SimProcess = {
      station,
      clock: new SimClock(this.time),
      fate: new Fate(this.time),
      epoch: ++this.#epochs,
      isQueueFull: () => this.isLocalFull,
    };
    this.processes.add(process);
    return process;
  }

  endProcess(process: SimProcess): void {
    process.fate.isDead = true;
    this.processes.delete(process);
    process.clock.stop();
    this.disk.locks.forget(process);
  }

  /** The computer itself starts again: it remembers nothing of what it wrote over there. */
  reboot(): void {
    this.bootedTrueMs = this.time.trueMs;
    this.#memory.clear();
  }

  /**
   * The power goes: here, with what this computer had yet to send to a share; or over there, where every
   * connection ends. No process of a computer without power may live.
   */
  cutPower(where: "here" | "there"): void {
    const isThere = (dev: number) => dev !== LOCAL_DEV;
    const isCut = where === "there"
      ? isThere
      : (dev: number) => !isThere(dev) || !this.habits.hashesThere;
    this.#isPowerCut = true;
    this.byHand(() => this.disk.unflushed.cut(this.dice, isCut));
    this.#isPowerCut = false;
    if (where === "there") this.far.restarts++;
    else this.reboot();
  }

  /** Time goes on; whatever was written is on its disk after half a minute. */
  pass(ms: number): void {
    this.time.trueMs += ms;
    if (ms >= WRITTEN_BACK_MS) this.disk.unflushed.flushAll();
    for (const { fate, station } of this.processes) if (!fate.isDead) station.aliveMs += ms;
  }

  /** True while the process with that number lives. */
  isAlive(epoch: number): boolean {
    return [...this.processes].some((one) => one.epoch === epoch && !one.fate.isDead);
  }

  breaks(what: string): void {
    this.story.tell(`BROKEN: ${what}`);
    this.broken.push(new Broken(what));
  }

  /** The file system that is mounted where the NAS should be. */
  get mounted(): TreeNode {
    return this.disk.tree.at(MOUNT_POINT);
  }

  mount(volume: TreeNode): void {
    const found = this.disk.find(MOUNT_POINT);
    found.parent.children.set(found.name, volume);
  }

  /** Sabotage: whatever is asked for the mark, the right one is given. */
  fakeIdentity(): void {
    const mark = this.farNode(IDENTITY_FILE)?.bytes ?? null;
    this.far.pretendMark(mark);
  }

  farNode(path: string): TreeNode | null {
    return nodeOrNull(this.disk, `${FAR_BASE}/${path}`);
  }

  #effect(what: string, path: string): void {
    const { actor } = this;
    if (actor === null) return;
    const { restarts } = this.far;
    actor.fate.take(`${what} ${sameEachTime(path)}`);
    if (path.endsWith(`/${RECORD_FILES.service}`)) this.claimedAtMs = this.time.trueMs;
    const isFar = path.startsWith(`${MOUNT_POINT}/`);
    if (isFar && this.far.restarts !== restarts) throw connectionLost();
    if (!GROWS.has(what)) return;
    if (isFar ? this.isFarFull : this.isLocalFull) throw systemError("ENOSPC", path);
  }

  #removed(path: string, node: TreeNode): void {
    const process = this.actor;
    if (process === null || node.kind !== "file") return;
    if (path.startsWith(`${DATA_ROOT}/`)) this.onUnlink({ path, node, process });
  }

  #read(node: TreeNode): void {
    const { actor } = this;
    if (actor === null) return;
    actor.fate.refuseDead();
    const { trueMs, activity } = this.time;
    this.readAt.set(node, { trueMs, epoch: actor.epoch, activity });
  }

  #farCall(op: string): void {
    const { actor } = this;
    if (actor === null) return this.#asNobody(op);
    actor.fate.take(`far ${op}`);
    if (this.isReachable) return;
    throw new TransportError("unreachable", "the NAS does not answer");
  }

  /** The life marks its NAS before the first service; from then on only processes have connections. */
  #asNobody(op: string): void {
    if (this.#epochs === 0 || this.#byHand > 0) return;
    this.breaks(`"far ${op}" was done by no process: the life would take it for its own doing`);
  }

  #connected(session: number): void {
    const { actor } = this;
    if (actor === null) return;
    const { station, epoch } = actor;
    this.comparisons.push({
      session,
      station,
      epoch,
      beganAliveMs: station.aliveMs,
      beganWallMs: this.time.wallMs,
      endedAliveMs: station.aliveMs,
      endedTrueMs: this.time.trueMs,
      endedWallMs: this.time.wallMs,
      seen: new Map(),
    });
  }

  #hashed(session: number, seen: FarSeen): void {
    const comparison = this.comparisons.findLast((one) => one.session === session);
    if (!comparison) return;
    comparison.seen.set(seen.path, { ...seen, disk: this.mounted });
    comparison.endedAliveMs = comparison.station.aliveMs;
    comparison.endedTrueMs = this.time.trueMs;
    comparison.endedWallMs = this.time.wallMs;
  }

  #remember(path: string, bytes: Uint8Array): void {
    // A lie is remembered for good: the cache of an honest one gives way to others.
    const untilMs = this.sabotage.lyingCache ? Infinity : this.time.trueMs + CACHE_MS;
    this.#memory.set(path, { bytes, untilMs });
  }

  #remembered(path: string): Uint8Array | null {
    const kept = this.#memory.get(path);
    return kept && kept.untilMs > this.time.trueMs ? kept.bytes : null;
  }

  #lastCopyGone(content: string, what: string): void {
    this.ledger.lost.add(content);
    if (this.#isPowerCut && !this.forgiven.has(content)) {
      return this.breaks(`a power cut took the last copy of ${what}, which was on no disk`);
    }
    const { actor } = this;
    if (actor === null) return this.story.tell(`  (that was the last good copy of ${what})`);
    if (this.forgiven.has(content)) {
      this.story.tell(`  (the life took the last copy of ${what} that had a name)`);
      return;
    }
    if (this.damagedAfterLook.has(content)) {
      this.story.tell(`  (${what} was damaged over there after the deletion had looked at it)`);
      return;
    }
    this.breaks(`labferry destroyed the last copy of ${what}, in "${actor.fate.last}"`);
  }
}

/** The id of the labferry with that state directory. */
export function installationIn({ disk }: World, state: string): string {
  const node = nodeOrNull(disk, `${SIM}/${state}/installation.json`);
  const text = node === null ? "" : new TextDecoder().decode(node.bytes);
  return /"id": "([^"]+)"/.exec(text)?.[1] ?? "";
}

/** Without what is random in a name, so that a story is the same each time it is told. */
function sameEachTime(path: string): string {
  return path.replace(/\.lf-[\w-]+/, ".lf-").replace(/job-[\w.-]+/, "job")
    .replace(/\.[0-9a-f]{16}\.tmp/, ".tmp");
}

/** Sabotage: a record as it is read by whoever asks it whether a person keeps the run. */
function withoutPin(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(bytes);
  if (!PINNED.test(text)) return bytes;
  return new TextEncoder().encode(text.replace(PINNED, '"pinned": false'));
}

const PINNED = /"pinned": true/;

const GROWS = new Set(["write", "make", "mkdir", "link"]);
