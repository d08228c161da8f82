/**
 * A second labferry that somebody set up for the same runs, with a state directory and a queue of its
 * own: on a copied disk image, say, or by a colleague who did not know. Only a person's word gives it
 * the tree (`rules.md` 11).
 */
import type { StateDir } from "../../lib/daemon/mod.ts";
import { Machine, type MachineOptions } from "./machine.ts";
import type { Station } from "./process.ts";
import { emptyQueue } from "./queue_files.ts";
import { Truth } from "./truth.ts";
import type { Room } from "./room.ts";
import { installationIn, type Unlink } from "./world.ts";

export interface SecondOptions
  extends Pick<MachineOptions, "world" | "config" | "gate" | "room" | "queueFile"> {
  readonly stateDir: StateDir;
  /** A queue nobody has used. */
  readonly emptyQueue: Uint8Array;
  readonly isGateShut: () => boolean;
  /** The disk that both work on. */
  readonly whole: Room;
}

export class Second {
  readonly station: Station = { name: "the second labferry", aliveMs: 0 };
  readonly machine: Machine;
  readonly #truth: Truth;
  readonly #options: SecondOptions;
  isUp = false;

  constructor(options: SecondOptions) {
    const { world, queueFile, isGateShut } = options;
    this.#options = options;
    this.emptyQueue();
    this.machine = new Machine({ ...options, station: this.station, isAlone: false });
    const wishes = () => ({ pinned: NOBODY, isPaused: false, isGateShut: isGateShut() });
    this.#truth = new Truth(world, {
      station: this.station,
      queueFile,
      wishes,
      room: options.whole,
      installation: () => installationIn(world, "second"),
    });
  }

  get stateDir(): StateDir {
    return this.#options.stateDir;
  }

  async start(): Promise<void> {
    this.isUp = await this.machine.start();
    this.#notice();
  }

  async kill(): Promise<void> {
    await this.machine.kill();
    this.isUp = false;
  }

  async stop(): Promise<void> {
    await this.machine.stop();
    this.isUp = false;
  }

  /** With the computer it is on, at this very instant. */
  dies(): void {
    if (this.machine.process) this.machine.process.fate.isDead = true;
  }

  async turn(): Promise<void> {
    if (!this.isUp) return;
    this.isUp = await this.machine.turn();
    this.#notice();
  }

  look(): void {
    const { queue } = this.machine;
    if (queue && !this.machine.isDead) this.#truth.look(queue);
  }

  unlinked(unlink: Unlink): void {
    const { queue } = this.machine;
    if (queue) this.#truth.unlinked(unlink, queue);
  }

  emptyQueue(): void {
    const { queueFile, emptyQueue: empty } = this.#options;
    emptyQueue(queueFile, { empty });
  }

  #notice(): void {
    const { fault } = this.machine;
    if (fault === null) return;
    const stack = fault instanceof Error ? fault.stack : String(fault);
    this.#options.world.breaks(`a part of the second labferry ended by itself: ${stack}`);
  }
}

const NOBODY: ReadonlySet<string> = new Set();
