/** What happens to the computers themselves: power that fails, a second labferry, snapshots. */
import { keepInstallation } from "../../lib/daemon/installation.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import type { StateDir } from "../../lib/daemon/mod.ts";
import { nodeOrNull } from "./far_disk.ts";
import type { Hand, LifeEvent, Meanwhile, Told } from "./hand.ts";
import { DATA_ROOT, EQUIPMENT } from "./world.ts";

/** In the middle of what the service does next: at rest nothing is unflushed. */
export const powerHere: LifeEvent = (life: Hand): Told => {
  if (!life.isUp || life.machine.fate?.left !== null) return null;
  life.doomPower(life.dice.weighted([
    [3, life.dice.between(0, 40)],
    [3, life.dice.between(40, 250)],
    [2, life.dice.between(250, 800)],
  ]));
  return null;
};

export const powerThere: Meanwhile = (life: Hand): Told => {
  life.world.cutPower("there");
  life.count("power cuts there");
  return "the NAS loses power and starts again";
};

export const snapshot: LifeEvent = (life: Hand): Told => {
  if (life.room.policy === null) return null;
  life.room.turnSnapshot();
  life.count("snapshots");
  return life.room.keepsBlocks
    ? "a snapshot of the local disk keeps what is deleted"
    : "the snapshot is gone";
};

export const secondLabferry: LifeEvent = async (life: Hand): Promise<Told> => {
  const { second, dice } = life;
  if (second === null) return null;
  life.count("second labferry");
  if (!second.isUp) {
    await second.start();
    return second.isUp ? "a second labferry starts" : "a second labferry does not start";
  }
  switch (dice.weighted([[3, "kill"], [2, "stop"], [2, "word"], [2, "back"], [1, "claim"]])) {
    case "kill":
      await second.kill();
      return "the second labferry is killed";
    case "stop":
      await second.stop();
      return "the second labferry is stopped";
    case "word":
      await saysKeep(life, second.stateDir);
      await life.pass(HEARD_MS);
      return "a person says that the second labferry looks after the tree";
    case "back":
      await saysKeep(life, life.machine.options.stateDir);
      await life.pass(HEARD_MS);
      return "a person says that the first labferry looks after the tree";
    default:
      return life.world.byHand(() => removeClaim(life));
  }
};

/** `labferry installation keep`, which is a program of its own. */
export async function saysKeep({ machine, world }: Hand, stateDir: StateDir): Promise<void> {
  const clock = machine.process?.clock ?? machine.lastClock;
  if (clock === null) return;
  await keepInstallation(stateDir, clock);
  world.disk.unflushed.flushAll();
}

/** Services look each minute, and a word is good for an hour. */
export const HEARD_MS = 90_000;

function removeClaim({ world }: Hand): Told {
  const claim = recordPath(`${DATA_ROOT}/${EQUIPMENT}`, RECORD_FILES.service);
  if (nodeOrNull(world.disk, claim) === null) return null;
  world.disk.remove(claim);
  world.claimedAtMs = world.time.trueMs;
  return "somebody deletes the file that says who looks after the tree";
}
