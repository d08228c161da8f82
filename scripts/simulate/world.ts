/**
 * Everything outside the process: disk, NAS, time, what people do, and what really is. The process
 * changes the world only through doors that count its effects; the life changes it by its own hand,
 * between them.
 */
import type { Dice } from "./dice.ts";
import { useDisk } from "./disk_door.ts";
import { nodeOrNull } from "./far_disk.ts";
import { FarSide } from "./far_side.ts";
import type { FarHabits, FarSeen } from "./far_side.ts";
import { Fate } from "./fate.ts";
import { Ledger } from "./ledger.ts";
import { LocalDisk, SIM } from "./local_disk.ts";
import { SimTime } from "./sim_clock.ts";
import { Broken, Story } from "./story.ts";
import { systemError } from "./system_error.ts";
import type { TreeNode } from "./tree.ts";
import { IDENTITY_FILE, TransportError } from "../../lib/transports/mod.ts";

export const EQUIPMENT = "PLATE_01";
export const DATA_ROOT = `${SIM}/data`;
/** Where the NAS is mounted, and the base on it. */
export const MOUNT_POINT = `${SIM}/nas`;
export const FAR_BASE = `${MOUNT_POINT}/lab`;
const CACHE_MS = 12 * 3_600_000;

/** All that one connection hashed over there. */
export interface Comparison {
  readonly session: number;
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
}

export interface WorldOptions {
  readonly dice: Dice;
  readonly habits: FarHabits;
  readonly sabotage: Sabotage;
}

export class World {
  readonly time = new SimTime();
  readonly story = new Story(this.time);
  readonly dice: Dice;
  readonly disk: LocalDisk;
  readonly far: FarSide;
  readonly ledger: Ledger;
  readonly sabotage: Sabotage;
  readonly habits: FarHabits;
  /** Of the process that lives now. */
  fate: Fate;
  /** Processes so far. */
  epoch = 0;
  /** Time in which a process lived, in all. */
  aliveMs = 0;
  bootedTrueMs = 0;
  comparisons: Comparison[] = [];
  /** The file system that was marked as the destination; the others are none. */
  rightNas: TreeNode | null = null;
  isReachable = true;
  isLocalFull = false;
  isFarFull = false;
  openForWriting: string[] = [];
  /** Told before the process takes a local name away. */
  onUnlink: (path: string, node: TreeNode) => void = () => {};
  /** Local files the process has read to their end, and when, in true time. */
  readonly readAt = new Map<TreeNode, { trueMs: number; epoch: number; activity: number }>();
  /** Files that rotted without a trace, and when, by the count of what happens. */
  readonly rottedAt = new Map<TreeNode, number>();
  /** Contents whose far copy the life damaged after a look that still counts. */
  readonly damagedAfterLook = new Set<string>();
  readonly broken: Broken[] = [];
  #hand: "process" | "life" = "life";
  readonly #memory = new Map<string, { readonly bytes: Uint8Array; readonly untilMs: number }>();

  constructor({ dice, habits, sabotage }: WorldOptions) {
    this.dice = dice;
    this.habits = habits;
    this.sabotage = sabotage;
    this.fate = new Fate(this.time);
    this.ledger = new Ledger((content, what) => this.#lastCopyGone(content, what));
    this.disk = new LocalDisk({
      now: () => this.time.wallMs,
      onEffect: (what, path) => this.#effect(what, path),
      onBytes: (node, after) => this.ledger.onBytes(node, after),
      onRemove: (path, node) => this.#removed(path, node),
      onRead: (node) => this.#read(node),
    });
    useDisk(this.disk, { openForWriting: () => this.openForWriting });
    this.far = new FarSide({
      disk: this.disk,
      base: FAR_BASE,
      habits: { ...habits, ...(sabotage.lyingCache ? { hashesThere: true } : {}) },
      watch: {
        onCall: (op) => this.#farCall(op),
        onConnect: (session) => this.#connected(session),
        onHashed: (session, seen) => this.#hashed(session, seen),
        remembered: (path) => this.#remembered(path),
        onWritten: (path, bytes) => this.#remember(path, bytes),
      },
      answersFromMemory: !habits.hashesThere || (sabotage.lyingCache ?? false),
      overwrites: sabotage.overwrites ?? false,
    });
  }

  /** Does something by the life's own hand: no process is asked. */
  byHand<T>(act: () => T): T {
    const before = this.#hand;
    this.#hand = "life";
    try {
      return act();
    } finally {
      this.#hand = before;
    }
  }

  beginProcess(): void {
    this.fate = new Fate(this.time);
    this.epoch++;
    this.#hand = "process";
  }

  endProcess(): void {
    this.fate.isDead = true;
    this.#hand = "life";
    this.disk.locks.forgetAll();
  }

  /** The computer itself starts again: it remembers nothing of what it wrote over there. */
  reboot(): void {
    this.bootedTrueMs = this.time.trueMs;
    this.#memory.clear();
  }

  /** Time goes on; the process lives through it if there is one. */
  pass(ms: number): void {
    this.time.trueMs += ms;
    if (!this.fate.isDead && this.epoch > 0) this.aliveMs += ms;
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
    if (this.#hand === "life") return;
    this.fate.take(`${what} ${sameEachTime(path)}`);
    if (!GROWS.has(what)) return;
    const isFar = path.startsWith(`${MOUNT_POINT}/`);
    if (isFar ? this.isFarFull : this.isLocalFull) throw systemError("ENOSPC", path);
  }

  #removed(path: string, node: TreeNode): void {
    if (this.#hand === "life" || node.kind !== "file") return;
    if (path.startsWith(`${DATA_ROOT}/`)) this.onUnlink(path, node);
  }

  #read(node: TreeNode): void {
    if (this.#hand === "life") return;
    this.fate.refuseDead();
    const { trueMs, activity } = this.time;
    this.readAt.set(node, { trueMs, epoch: this.epoch, activity });
  }

  #farCall(op: string): void {
    if (this.#hand === "life") return;
    this.fate.take(`far ${op}`);
    if (this.isReachable) return;
    throw new TransportError("unreachable", "the NAS does not answer");
  }

  #connected(session: number): void {
    this.comparisons.push({
      session,
      epoch: this.epoch,
      beganAliveMs: this.aliveMs,
      beganWallMs: this.time.wallMs,
      endedAliveMs: this.aliveMs,
      endedTrueMs: this.time.trueMs,
      endedWallMs: this.time.wallMs,
      seen: new Map(),
    });
  }

  #hashed(session: number, seen: FarSeen): void {
    const comparison = this.comparisons.findLast((one) => one.session === session);
    if (!comparison) return;
    comparison.seen.set(seen.path, { ...seen, disk: this.mounted });
    comparison.endedAliveMs = this.aliveMs;
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
    if (this.#hand === "life") {
      this.ledger.lost.add(content);
      this.story.tell(`  (that was the last good copy of ${what})`);
      return;
    }
    if (this.damagedAfterLook.has(content)) {
      this.ledger.lost.add(content);
      this.story.tell(`  (${what} was damaged over there after the deletion had looked at it)`);
      return;
    }
    this.ledger.lost.add(content);
    this.breaks(`labferry destroyed the last copy of ${what}, in "${this.fate.last}"`);
  }
}

/** Without what is random in a name, so that a story is the same each time it is told. */
function sameEachTime(path: string): string {
  return path.replace(/\.lf-[\w-]+/, ".lf-").replace(/job-[\w.-]+/, "job")
    .replace(/\.[0-9a-f]{16}\.tmp/, ".tmp");
}

const GROWS = new Set(["write", "make", "mkdir", "link"]);
