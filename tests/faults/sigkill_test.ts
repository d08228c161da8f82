/** SIGKILL at any instant, again and again: nothing is lost, nothing is charged, all ends verified. */
import assert from "node:assert/strict";
import { filesBelow, noise, sha256 } from "../contract/stage.ts";
import { testWith } from "../support/needs.ts";
import { seeded } from "../support/seeded.ts";
import {
  assertUnharmed,
  BIG_FILE,
  EQUIPMENT,
  finishInPeace,
  type KilledLab,
  killOnce,
  openKilledLab,
  runFiles,
} from "./killed_lab.ts";

const SEED = 20260417;
const KILLS = 15;
const KILLS_AFTER_CHANGES = 10;
const LATEST_KILL_MS = 1_500;
const FINISH_MS = 60_000;

testWith(
  ["linux", "rclone", "rsync", "sshd", "sha256sum"],
  `the daemon survives SIGKILL at ${
    KILLS + KILLS_AFTER_CHANGES
  } instants over mount, rclone and rsync (seed ${SEED})`,
  async () => {
    await using killed = await openKilledLab();
    const random = seeded(SEED);
    let leftovers = 0;
    const killAtAnyInstant = async () => {
      const afterMs = 50 + Math.floor(random() * LATEST_KILL_MS);
      const left = await killOnce(killed, () => new Promise((r) => setTimeout(r, afterMs)));
      if (left.leftovers > 0) leftovers++;
      await assertUnharmed(killed);
    };
    for (let kill = 0; kill < KILLS; kill++) {
      await keepBusy(killed, kill, random);
      await killAtAnyInstant();
    }
    await finishInPeace(killed, FINISH_MS);
    const replaced = await changeOneEach(killed);
    for (let kill = 0; kill < KILLS_AFTER_CHANGES; kill++) await killAtAnyInstant();
    await finishInPeace(killed, FINISH_MS);
    for (const [run, hash] of replaced) await assertKept(killed, run, hash);
    assert.ok(leftovers > 0, "no kill ever met a running rclone, rsync or ssh: it proved nothing");
  },
);

/** At least two runs an equipment that are not verified yet. */
async function keepBusy(killed: KilledLab, kill: number, random: () => number): Promise<void> {
  for (const equipment of Object.keys(EQUIPMENT)) {
    const waiting = killed.jobs().filter(({ equipmentId, state }) =>
      equipmentId === equipment && state !== "verified"
    ).length;
    for (let i = waiting; i < 2; i++) {
      const sizeBytes = 500_000 + Math.floor(random() * 6_000_000);
      await killed.addRun(equipment, runFiles(kill * 10 + i, sizeBytes));
    }
  }
}

/** The instrument comes back to runs that were verified, under a name it already used. */
async function changeOneEach(killed: KilledLab): Promise<ReadonlyMap<string, string>> {
  const replaced = new Map<string, string>();
  for (const equipment of Object.keys(EQUIPMENT)) {
    const run = killed.jobs().find(({ equipmentId }) => equipmentId === equipment)!.runPath;
    replaced.set(run, sha256(await Deno.readFile(`${run}/${BIG_FILE}`)));
    await Deno.writeFile(`${run}/${BIG_FILE}`, noise(3_000_000, replaced.size));
    await killed.enqueueAgain(run);
  }
  return replaced;
}

/** The proven bytes a new generation replaced are still over there, byte for byte. */
async function assertKept({ lab }: KilledLab, run: string, hash: string): Promise<void> {
  const [equipment, ...path] = run.slice(lab.dataRoot.length + 1).split("/");
  const superseded = [lab.farBase(equipment!), ".labferry-superseded", ...path].join("/");
  const kept = (await filesBelow(superseded)).filter((name) => name.endsWith(BIG_FILE));
  const hashes = await Promise.all(
    kept.map(async (name) => sha256(await Deno.readFile(`${superseded}/${name}`))),
  );
  assert.ok(hashes.includes(hash), `the replaced bytes of ${run} are gone; kept are ${kept}`);
}
