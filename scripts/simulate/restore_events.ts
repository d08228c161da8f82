/** Bringing runs back: into their own place, or from the NAS alone into an empty folder. */
import { LabferryError } from "../../lib/base/mod.ts";
import { errnoOf } from "../../lib/disk/mod.ts";
import { restoreRun } from "../../lib/custody/mod.ts";
import { restoreOver } from "../../lib/custody/restore_from.ts";
import type { Job } from "../../lib/queue/mod.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { confirmIdentity } from "../../lib/transports/mod.ts";
import { nodeOrNull, sha256Of } from "./far_disk.ts";
import { Killed } from "./fate.ts";
import { type Hand, type LifeEvent, short, type Told } from "./hand.ts";
import { InlinePool } from "./inline_pool.ts";
import { SIM } from "./local_disk.ts";
import { inProcess } from "./process.ts";
import type { Placed } from "./runs.ts";
import { settle } from "./settle.ts";
import { filesBelow, type TreeNode } from "./tree.ts";

/** As `labferry restore RUN [--only …]` asks the service. */
export const restore: LifeEvent = async (life: Hand): Promise<Told> => {
  if (!life.isUp) return null;
  const { world, dice, machine } = life;
  const { queue, dispatcher } = machine.running!;
  const states = ["verified", "cleaned"] as const;
  const job = dice.of(queue.jobs.list({ states, limit: 100 }).toSorted(byPath));
  if (!job) return null;
  const before = life.runs.local(job.runPath);
  // Whatever lies there now is somebody's: nothing that comes back may take its place.
  for (const { path, node } of before) {
    world.ledger.cherish(node, `${short(path)}, as it lay there`);
  }
  const only = dice.chance(0.3) ? [dice.of(["deep", "*.dat", "a*", "z4.dat"])!] : null;
  const refused = await machine.ask(async () => {
    const pin = (run: Job) =>
      dispatcher.moves.ask(run, { type: "pin", pinned: true }, { by: "ada" });
    await dispatcher.asked(job, (work) => restoreRun(job, { ...work, only, pin }));
    dispatcher.ring();
  });
  life.count(refused === null ? "restored" : "restore refused");
  if (!machine.isDead) inspect(life, { job, before, isDone: refused === null });
  const what = only === null ? "" : ` (--only ${only[0]})`;
  return `a person has ${short(job.runPath)} brought back${what}: ${refused ?? "done"}`;
};

function inspect(
  life: Hand,
  { job, before, isDone }: {
    readonly job: Job;
    readonly before: readonly Placed[];
    readonly isDone: boolean;
  },
): void {
  const known = new Set(before.map(({ node }) => node));
  const { queue } = life.machine.running!;
  const hashes = life.truth.hashesOf(job);
  for (const { path, node } of life.runs.local(job.runPath)) {
    const name = path.slice(job.runPath.length + 1);
    if (known.has(node) || name.startsWith(".exlab-wizard/")) continue;
    // What somebody puts there at the same time, or writes into what has just come back, is theirs.
    const wanted = hashes.get(name);
    if (wanted === undefined || life.world.writtenByHand.has(node)) continue;
    if (sha256Of(node.bytes) === wanted || isRottenSince(node, life)) continue;
    life.world.breaks(`${short(path)} was brought back with other bytes than were proven`);
  }
  if (!isDone) return;
  const now = queue.jobs.byId(job.id);
  if (now && !now.pinned) life.world.breaks(`${short(job.runPath)} was brought back unpinned`);
  life.pinned.add(job.runPath);
}

/** It was as it had to be when it was read; a disk that rots then tells nobody. */
function isRottenSince(node: TreeNode, { world }: Hand): boolean {
  const readAt = world.readAt.get(node)?.activity ?? Infinity;
  return (world.rottedAt.get(node) ?? 0) > readAt;
}

let places = 0;

/**
 * As `labferry restore --from DEST FARPATH --to DIR` on another computer, which has no queue and no
 * configuration. It may be killed on the way, and is asked again then.
 */
export const restoreFromThere: LifeEvent = async (life: Hand): Promise<Told> => {
  const { world, dice, runs } = life;
  const run = dice.of(runs.paths);
  if (run === null) return null;
  const farDir = runs.farOf(run).slice(runs.farOf("").length);
  const to = `${SIM}/elsewhere/${places++ % 1000}`;
  world.byHand(() => world.disk.mkdir(to, { recursive: true }));
  const manifest = manifestOf(life, run);
  const wholeBefore = isWhole(life, { run, manifest });
  let told = "killed";
  for (let tries = 0; tries < 3 && told === "killed"; tries++) {
    told = await bringFrom(life, { farDir, to, killedAfter: dice.chance(0.4) ? 40 : null });
  }
  life.count("restored from there");
  const here = new Map<string, string>();
  for (const { path, node } of filesBelow(world.disk.tree.at(to))) {
    if (path.startsWith(".exlab-wizard/") || path.startsWith(".labferry-restore/")) continue;
    here.set(path, sha256Of(node.bytes));
    const wanted = manifest?.get(path);
    if (manifest === null || wanted === here.get(path)) continue;
    world.breaks(`${path} of ${short(run)} came back with other bytes than its manifest says`);
  }
  const isWholeStill = wholeBefore && isWhole(life, { run, manifest: manifestOf(life, run) });
  if (isWholeStill && told === "done" && here.size !== manifest!.size) {
    world.breaks(`${short(run)} came back with ${here.size} of ${manifest!.size} files`);
  }
  world.byHand(() => world.disk.remove(to, { recursive: true }));
  return `somebody brings ${short(run)} back to an empty folder: ${told}, ${here.size} files`;
};

async function bringFrom(
  life: Hand,
  { farDir, to, killedAfter }: {
    readonly farDir: string;
    readonly to: string;
    readonly killedAfter: number | null;
  },
): Promise<string> {
  const { world } = life;
  const process = world.beginProcess({ name: "a restore", aliveMs: 0 });
  if (killedAfter !== null) process.fate.left = life.dice.between(0, killedAfter);
  const scratchDir = world.byHand(() => world.disk.makeTempDir({ prefix: "restore-" }));
  const { signal } = new AbortController();
  let told: string | null = null;
  const bring = async () => {
    const { far } = world;
    await using session = await far.connect({ signal, token: "restore", scratchDir });
    await session.check();
    await confirmIdentity(session, life.destinationUuid, { address: far.address });
    const part = { session, address: far.address, farDir, to, scratchDir, pool: new InlinePool() };
    await restoreOver({ ...part, only: null, downloadMbps: null, signal });
  };
  inProcess(process, bring).then(() => told = "done", (error) => {
    if (error instanceof Killed || process.fate.isDead) told = "killed";
    else if (error instanceof LabferryError) told = error.code;
    // The full disk of the moment, say, as the system says it.
    else if (errnoOf(error) !== null) told = errnoOf(error);
    else world.breaks(`a restore failed: ${error instanceof Error ? error.stack : error}`);
  });
  await settle(world.time);
  world.endProcess(process);
  world.byHand(() => world.disk.remove(scratchDir, { recursive: true }));
  return told ?? "killed";
}

/** Path → hash; null where none stands, or one that somebody wrote. */
function manifestOf(life: Hand, run: string): Map<string, string> | null {
  const node = nodeOrNull(
    life.world.disk,
    recordPath(life.runs.farOf(run), RECORD_FILES.checksums),
  );
  if (node?.kind !== "file") return null;
  const lines = new TextDecoder().decode(node.bytes).split("\n").filter((line) => line !== "");
  const found = new Map<string, string>();
  for (const line of lines) {
    const [, hash, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (hash === undefined) return null;
    found.set(path!, hash);
  }
  return found;
}

function isWhole(
  { world, runs }: Hand,
  { run, manifest }: { readonly run: string; readonly manifest: Map<string, string> | null },
): boolean {
  if (manifest === null || world.mounted !== world.rightNas) return false;
  return [...manifest].every(([path, hash]) => {
    const node = nodeOrNull(world.disk, `${runs.farOf(run)}/${path}`);
    return node?.kind === "file" && sha256Of(node.bytes) === hash;
  });
}

function byPath(a: { runPath: string }, b: { runPath: string }): number {
  return a.runPath < b.runPath ? -1 : 1;
}
