/** What happens to the service: people who ask for things, kills, clocks, queues that are lost. */
import { pauseScope, resumeScope } from "../../lib/sync/mod.ts";
import { inProcess } from "./process.ts";
import { forgetQueue, putQueue } from "./queue_door.ts";
import { type Hand, HOUR_MS, type LifeEvent, short, someLocal, type Told } from "./hand.ts";

export const setClock: LifeEvent = (life: Hand): Told => {
  const { world, dice } = life;
  life.count("clock");
  if (world.time.offsetMs !== 0 && dice.chance(0.6)) {
    world.time.offsetMs = 0;
    return "the clock is put right";
  }
  const hours = dice.weighted([
    [3, dice.between(-30, 30)],
    [2, dice.between(24, 24 * 400)],
    [2, -dice.between(24, 24 * 400)],
    [1, 24 * 365 * 10],
  ]);
  world.time.offsetMs += hours * HOUR_MS;
  return `the clock jumps by ${hours} h`;
};

export const pin: LifeEvent = async (life: Hand): Promise<Told> => {
  if (!life.isUp) return null;
  const { queue, dispatcher } = life.machine.running!;
  const job = life.dice.of(queue.jobs.list({ limit: 100 }).toSorted(byPath));
  if (!job) return null;
  const pinned = !life.pinned.has(job.runPath);
  // Given up it is from the person's word on; kept, once they were told so.
  if (!pinned) life.pinned.delete(job.runPath);
  const refused = await life.machine.ask(() =>
    dispatcher.moves.ask(job, { type: "pin", pinned }, { by: "ada" })
  );
  // A word that nobody answered because the service died may have been taken or not.
  const isKeptStill = !pinned && refused !== "the service died";
  if (refused === null ? pinned : isKeptStill) life.pinned.add(job.runPath);
  if (refused !== null) return `a person's pin is refused: ${refused}`;
  return `a person ${pinned ? "keeps" : "gives up"} ${short(job.runPath)}`;
};

function byPath(a: { runPath: string }, b: { runPath: string }): number {
  return a.runPath < b.runPath ? -1 : 1;
}

export const pause: LifeEvent = async (life: Hand): Promise<Told> => {
  if (!life.isUp) return null;
  const { dispatcher, context } = life.machine.running!;
  const wasPaused = life.isPaused;
  // Until it is said that it is done, nobody counts on it.
  life.isPaused = false;
  const refused = await life.machine.ask(() =>
    wasPaused ? resumeScope("*", context) : pauseScope({ scope: "*", by: "ada" }, context)
  );
  if (refused !== null) return `a pause is refused: ${refused}`;
  life.isPaused = !wasPaused;
  dispatcher.ring();
  return life.isPaused ? "a person pauses everything" : "a person lets everything go on";
};

export const shutGate: LifeEvent = async (life: Hand): Promise<Told> => {
  life.isGateShut = !life.isGateShut;
  if (life.isUp) {
    const refused = await life.machine.ask(() => life.machine.lookAtGate());
    if (refused !== null) life.tell(`the gate's look fails: ${refused}`);
  }
  return life.isGateShut ? "the gate shuts" : "the gate opens";
};

export const openFile: LifeEvent = (life: Hand): Told => {
  const { world } = life;
  if (world.openForWriting.length > 0) {
    world.openForWriting = [];
    return "the viewer closes its files";
  }
  const one = someLocal(life);
  if (!one) return null;
  world.openForWriting = [one.path];
  return `a viewer opens ${short(one.path)} for writing`;
};

export const retry: LifeEvent = async (life: Hand): Promise<Told> => {
  if (!life.isUp) return null;
  const { queue, dispatcher } = life.machine.running!;
  const failed = queue.jobs.list({ states: ["failed"], limit: 100 }).toSorted(byPath);
  for (const job of failed) {
    if (life.machine.isDead) return null;
    const refused = await life.machine.ask(() =>
      dispatcher.moves.ask(job, { type: "retry" }, { by: "ada" })
    );
    if (refused !== null) life.tell(`a retry is refused: ${refused}`);
  }
  dispatcher.ring();
  return failed.length === 0 ? null : `a person has ${failed.length} runs tried again`;
};

export const verify: LifeEvent = async (life: Hand): Promise<Told> => {
  if (!life.isUp) return null;
  const { queue, dispatcher } = life.machine.running!;
  const job = life.dice.of(
    queue.jobs.list({ states: ["verified", "cleaned"], limit: 100 }).toSorted(byPath),
  );
  if (!job) return null;
  life.tell(`a person asks for a pass over ${short(job.runPath)}`);
  // Not waited for: it may be the end of the service.
  inProcess(life.machine.process!, () => dispatcher.verify(job)).catch(() => {});
  await life.pass(1_000);
  return null;
};

export const restart: LifeEvent = async (life: Hand): Promise<Told> => {
  const { dice, world } = life;
  if (!life.isUp) {
    await life.startService();
    return null;
  }
  if (dice.chance(0.5)) await life.killService();
  else await life.stopService();
  if (dice.chance(0.3)) {
    await life.second?.kill();
    world.reboot();
    life.tell("the computer starts again");
  }
  if (dice.chance(0.2)) {
    await life.pass(dice.between(1, 200) * HOUR_MS);
    life.tell("(the service was down for a while)");
  }
  await life.startService();
  return null;
};

export const doomed: LifeEvent = (life: Hand): Told => {
  if (!life.isUp || life.machine.fate?.left !== null) return null;
  life.doom(life.dice.weighted([
    [3, life.dice.between(0, 30)],
    [3, life.dice.between(30, 200)],
    [2, life.dice.between(200, 800)],
  ]));
  return null;
};

/** The queue is lost, is an old one again, or is damaged; whatever it was, the service starts. */
export const harmQueue: LifeEvent = async (life: Hand): Promise<Told> => {
  const { dice } = life;
  await life.killService();
  const kind = dice.of(["lost", "rolled back", "damaged"] as const);
  life.count(`queue ${kind}`);
  if (kind === "lost") {
    life.loseQueue();
    life.tell("the queue is lost");
  } else if (kind === "damaged") {
    forgetQueue(life.queueFile);
    Deno.writeTextFileSync(life.queueFile, "this is no database, and it is long enough for a page");
    life.tell("the queue is overwritten with rubbish");
  } else {
    if (exists(keptOf(life))) {
      await rollBack(life);
      return null;
    }
    keepQueue(life);
  }
  await life.startService();
  noticePause(life);
  return null;
};

/**
 * A person keeps a proven run, and then the queue is put back to a copy from before: only the run's
 * record knows of it.
 */
export const keptSinceBackup: LifeEvent = async (life: Hand): Promise<Told> => {
  if (!life.isUp) return null;
  const proven = life.machine.running!.queue.jobs.list({ states: ["verified"], limit: 100 });
  const job = life.dice.of(proven.filter(({ pinned }) => !pinned).toSorted(byPath));
  if (!job) return null;
  await life.stopService();
  keepQueue(life);
  await life.startService();
  if (!life.isUp) return null;
  const { queue, dispatcher } = life.machine.running!;
  const now = queue.jobs.byRun(job.runPath);
  const refused = now &&
    await life.machine.ask(() =>
      dispatcher.moves.ask(now, { type: "pin", pinned: true }, { by: "ada" })
    );
  if (!now || refused !== null) return null;
  life.pinned.add(job.runPath);
  life.tell(`a person keeps ${short(job.runPath)}`);
  life.count("kept since a backup");
  await life.killService();
  await rollBack(life);
  return null;
};

/** To the copy that somebody kept; then the service starts. */
async function rollBack(life: Hand): Promise<void> {
  life.loseQueue();
  putQueue(life.queueFile, Deno.readFileSync(keptOf(life)));
  life.tell("the queue is rolled back to its copy");
  await life.startService();
  noticePause(life);
}

/** What was paused stays so; a queue that is put back may bring an older pause again. */
function noticePause(life: Hand): void {
  const { queue } = life.machine;
  if (queue && queue.pauses.list().length > 0) life.isPaused = true;
}

/** As a backup program does while the service is down. */
export const backup: LifeEvent = async (life: Hand): Promise<Told> => {
  await life.stopService();
  keepQueue(life);
  await life.startService();
  return null;
};

function keepQueue(life: Hand): void {
  Deno.copyFileSync(life.queueFile, keptOf(life));
  life.tell("somebody keeps a copy of the queue");
}

function keptOf({ queueFile }: Hand): string {
  return `${queueFile}.kept`;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
