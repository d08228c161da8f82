/** What happens to the NAS: rot, colleagues, unmounted and exchanged disks, a network that is away. */
import { contentOf } from "./ledger.ts";
import { nodeOrNull } from "./far_disk.ts";
import {
  flip,
  type Hand,
  HOUR_MS,
  type LifeEvent,
  type Meanwhile,
  short,
  someFar,
  spare,
  type Told,
} from "./hand.ts";
import type { Placed } from "./runs.ts";
import { FAR_BASE } from "./world.ts";

/** The far copy goes wrong; a deletion that has looked at it already cannot know. */
function willDamageFar({ world }: Hand, { node }: Placed): void {
  const content = contentOf(node.bytes);
  if (content === null) return;
  const looked = world.comparisons.some(({ epoch, endedTrueMs }) =>
    world.isAlive(epoch) && world.time.trueMs - endedTrueMs <= HOUR_MS
  );
  if (looked) world.damagedAfterLook.add(content);
}

export const rotThere: Meanwhile = (life: Hand): Told => {
  const one = spare(life, someFar(life));
  if (!one) return null;
  willDamageFar(life, one);
  flip(life, one);
  life.count("far rot");
  return `a bit of ${short(one.path)} flips on the NAS`;
};

export const deleteThere: Meanwhile = (life: Hand): Told => {
  const one = spare(life, someFar(life));
  if (!one) return null;
  willDamageFar(life, one);
  life.world.disk.remove(one.path);
  life.count("far delete");
  return `somebody deletes ${short(one.path)}`;
};

export const truncateThere: Meanwhile = (life: Hand): Told => {
  const one = spare(life, someFar(life));
  if (!one) return null;
  willDamageFar(life, one);
  life.world.disk.tree.setBytes(one.node, one.node.bytes.slice(0, 3));
  life.count("far truncated");
  return `${short(one.path)} is cut off on the NAS`;
};

/** A colleague writes over there: their bytes are precious too. */
export const editThere: Meanwhile = (life: Hand): Told => {
  const one = spare(life, someFar(life));
  if (!one) return null;
  willDamageFar(life, one);
  const { world, dice } = life;
  world.disk.tree.setBytes(one.node, world.ledger.newContent(dice.between(0, 30)));
  world.ledger.cherish(one.node, `what a colleague wrote into ${short(one.path)}`);
  life.count("far edit");
  return `a colleague writes into ${short(one.path)}`;
};

export const strangerThere: Meanwhile = (life: Hand): Told => {
  const run = life.dice.of(life.runs.paths);
  if (run === null) return null;
  const { world, dice } = life;
  const local = dice.of(life.runs.local(run));
  const name = dice.chance(0.5) && local
    ? local.path.slice(run.length + 1)
    : `colleague-${dice.between(1, 9)}.txt`;
  const path = `${life.runs.farOf(run)}/${name}`;
  if (nodeOrNull(world.disk, path) || !nodeOrNull(world.disk, FAR_BASE)) return null;
  try {
    life.runs.write(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
  world.ledger.cherish(world.disk.find(path).node!, `a colleague's ${short(path)}`);
  life.count("far stranger");
  return `a colleague puts ${short(path)} there`;
};

export const recordThere: Meanwhile = (life: Hand): Told => {
  const run = life.dice.of(life.runs.paths);
  if (run === null) return null;
  const { world, dice } = life;
  const folder = `${life.runs.farOf(run)}/.exlab-wizard`;
  const name = dice.of(["checksums.sha256", "creation.json", "transfer.json"])!;
  const node = nodeOrNull(world.disk, `${folder}/${name}`);
  if (node?.kind !== "file") return null;
  life.count("far record");
  if (dice.chance(0.4)) {
    if (world.ledger.isLastCopy(node)) return null;
    world.disk.remove(`${folder}/${name}`);
    return `somebody deletes ${short(folder)}/${name}`;
  }
  if (world.ledger.isLastCopy(node)) return null;
  world.disk.tree.setBytes(node, world.ledger.newContent(20));
  world.ledger.cherish(node, `what somebody wrote into ${short(folder)}/${name}`);
  return `somebody writes into ${short(folder)}/${name}`;
};

export const unplug: LifeEvent = (life: Hand): Told => {
  const { world, dice, runs } = life;
  if (world.mounted !== world.rightNas) {
    world.mount(world.rightNas!);
    return "the right NAS is mounted again";
  }
  life.count("nas away");
  const kind = dice.weighted([[2, "empty"], [2, "other"], [1, "copy"]] as const);
  const volume = world.disk.tree.make("folder", { dev: 1 });
  runs.volumes.push(world.rightNas!, volume);
  if (kind === "empty") {
    world.mount(volume);
    return "the NAS is not mounted any more: an empty folder is there";
  }
  volume.dev = 21;
  const mark = nodeOrNull(world.disk, `${FAR_BASE}/.labferry-destination.json`);
  world.mount(volume);
  world.byHand(() => {
    world.disk.mkdir(FAR_BASE);
    if (kind === "other" && mark) {
      const text = new TextDecoder().decode(mark.bytes).replace(
        /"uuid": ".{8}/,
        '"uuid": "99999999',
      );
      world.disk.writeFile(
        `${FAR_BASE}/.labferry-destination.json`,
        new TextEncoder().encode(text),
      );
    }
  });
  return kind === "other" ? "another NAS is mounted there" : "an unmarked disk is mounted there";
};

export const reach: LifeEvent = (life: Hand): Told => {
  life.world.isReachable = !life.world.isReachable;
  life.count("network");
  return life.world.isReachable ? "the NAS answers again" : "the NAS does not answer any more";
};

export const fill: LifeEvent = (life: Hand): Told => {
  const { world, dice } = life;
  life.count("full");
  if (world.isLocalFull || world.isFarFull) {
    world.isLocalFull = world.isFarFull = false;
    return "there is room again";
  }
  if (dice.chance(0.5)) {
    world.isLocalFull = true;
    return "the local disk is full";
  }
  world.isFarFull = true;
  return "the NAS is full";
};
