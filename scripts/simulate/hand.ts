/** Whose hand it is that things happen by, and what every happening needs. */
import type { Dice } from "./dice.ts";
import { isPart } from "./far_disk.ts";
import { contentOf } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import type { Room } from "./room.ts";
import type { Placed, Runs } from "./runs.ts";
import type { Second } from "./second.ts";
import type { Truth } from "./truth.ts";
import { filesBelow, type TreeNode } from "./tree.ts";
import { DATA_ROOT, EQUIPMENT, FAR_BASE, type World } from "./world.ts";

/** Who does it: the life. */
export interface Hand {
  readonly world: World;
  readonly dice: Dice;
  readonly runs: Runs;
  readonly machine: Machine;
  readonly mayDestroy: boolean;
  readonly pinned: Set<string>;
  readonly truth: Truth;
  readonly second: Second | null;
  readonly room: Room;
  readonly destinationUuid: string;
  isUp: boolean;
  isGateShut: boolean;
  isPaused: boolean;
  readonly queueFile: string;
  count(what: string): void;
  tell(what: string): void;
  startService(): Promise<void>;
  stopService(): Promise<void>;
  killService(): Promise<void>;
  loseQueue(): void;
  doom(effects: number): void;
  doomPower(effects: number): void;
  pass(ms: number): Promise<void>;
}

export type Told = string | null;
export type Meanwhile = (life: Hand) => Told;
export type LifeEvent = (life: Hand) => Told | Promise<Told>;

export const HOUR_MS = 3_600_000;

/** Null when it would take the last good copy of something, and this life does not do that. */
export function spare(life: Hand, placed: Placed | null): Placed | null {
  if (!placed || !isLast(life, placed.node)) return placed;
  if (!life.mayDestroy) return null;
  life.world.forgiven.add(contentOf(placed.node.bytes)!);
  return placed;
}

/** What a killed push left without its name is swept up one day, and is no copy. */
function isLast({ world }: Hand, node: TreeNode): boolean {
  if (world.ledger.isLastCopy(node)) return true;
  const content = contentOf(node.bytes);
  if (content === null || !world.ledger.isPrecious(content)) return false;
  for (const { path, node: other } of filesBelow(world.disk.tree.root)) {
    const isOther = other !== node && contentOf(other.bytes) === content;
    if (isOther && !isPart(path.slice(path.lastIndexOf("/") + 1))) return false;
  }
  return true;
}

export function someLocal(life: Hand): Placed | null {
  const run = life.dice.of(life.runs.paths);
  return run === null ? null : life.dice.of(life.runs.local(run));
}

export function someFar(life: Hand): Placed | null {
  const run = life.dice.of(life.runs.paths);
  return run === null ? null : life.dice.of(life.runs.far(run));
}

/** As people name it in the story. */
export function short(path: string): string {
  return path.replace(`${DATA_ROOT}/${EQUIPMENT}/`, "").replace(FAR_BASE, "NAS:");
}

/** Bytes change and nothing says so. */
export function flip(life: Hand, { node }: Placed): void {
  const bytes = node.bytes.slice();
  const at = life.dice.between(3, bytes.length - 1);
  bytes[at] = bytes[at]! ^ 0x55;
  life.world.ledger.onBytes(node, bytes);
  life.world.rottedAt.set(node, ++life.world.time.activity);
  node.bytes = bytes;
}
