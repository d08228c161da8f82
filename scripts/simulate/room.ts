/**
 * How full the local disk is, for lives in which copies go by need (`rules.md` 16): the system is asked
 * by the runtime's own function, and answers for the disk in memory.
 */
import promises from "node:fs/promises";
import type { RoomPolicy } from "../../lib/custody/policy.ts";
import type { Job } from "../../lib/queue/mod.ts";
import { nodeOrNull } from "./far_disk.ts";
import { SIM } from "./local_disk.ts";
import { filesBelow } from "./tree.ts";
import { DATA_ROOT, type World } from "./world.ts";

/** Files of a life have some twenty bytes; a restore wants a megabyte beside what comes back. */
const TOTAL_BYTES = 4 * 1024 * 1024;

export class Room {
  /** Null in lives in which age alone decides. */
  readonly policy: RoomPolicy | null;
  /** A snapshot keeps whatever is deleted: no deletion gains anything. */
  keepsBlocks = false;
  /** What a process was told last, for its own decision. */
  #toldMissing = 0;
  #mostBytes = 0;
  /** Deletions that were begun, by run and time of their beginning. */
  readonly #begun = new Map<string, { readonly job: string; readonly epoch: number }>();
  #barren: { readonly job: string; readonly epoch: number }[] = [];

  constructor(private readonly world: World) {
    const { dice } = world;
    const keepFreeBytes = TOTAL_BYTES - dice.between(60, 700);
    this.policy = dice.chance(0.25) ? { keepFreeBytes, keepFreePercent: null } : null;
    asksAbout((path) => path.startsWith(`${SIM}/`) ? this.#answer() : null);
  }

  /** Why a deletion that begins now should not; each is asked once. */
  *whyNot(
    { id, deletionStartedAt }: Job,
    { epoch, isCleaned }: {
      readonly epoch: number;
      /** A run went in one piece, so that the service measured what it gained. */
      readonly isCleaned: (job: string) => boolean;
    },
  ): Generator<string> {
    if (this.policy === null) return;
    const key = `${id} ${deletionStartedAt}`;
    if (this.#begun.has(key)) return;
    this.#begun.set(key, { job: id, epoch });
    if (this.#toldMissing === 0) yield "there was room enough";
    if (this.#barren.some((one) => one.epoch === epoch && isCleaned(one.job))) {
      yield "deleting had gained nothing before";
    }
    if (this.keepsBlocks) this.#barren.push({ job: id, epoch });
  }

  /** A snapshot is made, or goes. */
  turnSnapshot(): void {
    this.keepsBlocks = !this.keepsBlocks;
    if (!this.keepsBlocks) this.#barren = [];
  }

  #answer(): { bsize: number; blocks: number; bavail: number } {
    const bavail = TOTAL_BYTES - this.#usedBytes();
    if (this.world.actor) {
      this.#toldMissing = Math.max(0, (this.policy?.keepFreeBytes ?? 0) - bavail);
    }
    return { bsize: 1, blocks: TOTAL_BYTES, bavail };
  }

  #usedBytes(): number {
    const root = nodeOrNull(this.world.disk, DATA_ROOT);
    let bytes = 0;
    for (const { path, node } of root === null ? [] : filesBelow(root)) {
      if (!path.includes("/.exlab-wizard/")) bytes += node.bytes.length;
    }
    this.#mostBytes = this.keepsBlocks ? Math.max(this.#mostBytes, bytes) : bytes;
    return this.#mostBytes;
  }
}

type Asked = (path: string) => { bsize: number; blocks: number; bavail: number } | null;

let asked: Asked = () => null;
let isInstalled = false;

function asksAbout(next: Asked): void {
  asked = next;
  if (isInstalled) return;
  isInstalled = true;
  const { statfs } = promises;
  const door = (path: string, ...rest: []) => {
    const answer = asked(String(path));
    return answer ? Promise.resolve(answer) : statfs(path, ...rest);
  };
  Object.assign(promises, { statfs: door });
}
