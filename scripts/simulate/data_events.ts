/** What happens to the data on the PC: instruments, people, rot, ransomware. */
import { nodeOrNull } from "./far_disk.ts";
import {
  flip,
  type Hand,
  type LifeEvent,
  type Meanwhile,
  short,
  someLocal,
  spare,
  type Told,
} from "./hand.ts";

export const rotHere: Meanwhile = (life: Hand): Told => {
  const one = spare(life, someLocal(life));
  if (!one) return null;
  flip(life, one);
  life.count("local rot");
  return `a bit of ${short(one.path)} flips on the local disk`;
};

export const editHere: Meanwhile = (life: Hand): Told => {
  const one = spare(life, someLocal(life));
  if (!one) return null;
  const { world, dice } = life;
  const sameSize = dice.chance(0.3);
  const bytes = world.ledger.newContent(sameSize ? 0 : dice.between(0, 40));
  world.disk.tree.setBytes(one.node, bytes);
  world.writtenByHand.add(one.node);
  life.count("local edit");
  return `a person writes into ${short(one.path)}`;
};

export const addHere: Meanwhile = (life: Hand): Told => {
  const run = life.dice.of(life.runs.paths);
  if (run === null || nodeOrNull(life.world.disk, run) === null) return null;
  const path = `${run}/${life.dice.chance(0.3) ? "deep/" : ""}more-${life.dice.between(1, 99)}.dat`;
  if (nodeOrNull(life.world.disk, path)) return null;
  life.runs.write(path);
  life.count("local new");
  return `a person adds ${short(path)}`;
};

export const deleteHere: Meanwhile = (life: Hand): Told => {
  const one = spare(life, someLocal(life));
  if (!one) return null;
  life.world.disk.remove(one.path);
  life.count("local delete");
  return `a person deletes ${short(one.path)}`;
};

export const renameHere: Meanwhile = (life: Hand): Told => {
  const one = someLocal(life);
  if (!one) return null;
  const to = `${one.path.slice(0, one.path.lastIndexOf("/"))}/renamed-${
    life.dice.between(1, 99)
  }.dat`;
  if (nodeOrNull(life.world.disk, to)) return null;
  life.world.disk.rename(one.path, to);
  life.count("local rename");
  return `a person renames ${short(one.path)} to ${short(to)}`;
};

/** Everything of a run gets other bytes at once, as ransomware does it. */
export const massChange: Meanwhile = (life: Hand): Told => {
  const run = life.dice.of(life.runs.paths);
  if (run === null) return null;
  const files = life.runs.local(run);
  if (files.length < 5 || files.some((one) => spare(life, one) === null)) return null;
  for (const { node } of files) {
    life.world.disk.tree.setBytes(node, life.world.ledger.newContent(7));
    life.world.writtenByHand.add(node);
  }
  life.count("mass change");
  return `every file of ${short(run)} is written anew`;
};

export const renameRun: LifeEvent = (life: Hand): Told => {
  const { runs, world, dice } = life;
  const at = runs.paths.findIndex((path) => dice.chance(0.5) && nodeOrNull(world.disk, path));
  if (at < 0) return null;
  const from = runs.paths[at]!;
  const to = `${from.replace(/-again\d*$/, "")}-again${dice.between(1, 99)}`;
  if (nodeOrNull(world.disk, to)) return null;
  world.byHand(() => world.disk.rename(from, to));
  runs.paths[at] = to;
  life.count("run renamed");
  return `a person renames ${short(from)} to ${short(to)}`;
};

export const acquire: LifeEvent = async (life: Hand): Promise<Told> => {
  const path = await life.runs.make(life.dice.between(3, 8));
  life.count("runs");
  return `${short(path)} is acquired, ${life.runs.local(path).length} files`;
};

/** A person puts back a file from the NAS, as it is there. */
export const copyBack: LifeEvent = (life: Hand): Told => {
  const run = life.dice.of(life.runs.paths);
  if (run === null || nodeOrNull(life.world.disk, run) === null) return null;
  const one = life.dice.of(life.runs.far(run));
  if (!one) return null;
  const to = `${run}/${one.path.slice(life.runs.farOf(run).length + 1)}`;
  if (nodeOrNull(life.world.disk, to)) return null;
  const { disk } = life.world;
  try {
    life.world.byHand(() => {
      disk.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
      disk.writeFile(to, one.node.bytes.slice());
      life.world.writtenByHand.add(disk.tree.at(to));
    });
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
  life.count("copied back");
  return `a person copies ${short(to)} back from the NAS`;
};
