/**
 * Six instruments as a lab has them, each with a few lines of configuration and a preset: their writers
 * know nothing of labferry and act out the vendor's order of files, and the real service takes what they
 * leave to its end. Quiet times are shortened, nothing else.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { readChecksums, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { type Job, Queue } from "../../lib/queue/mod.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import type { Lab } from "../support/lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { SOON } from "../support/intake_lab.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { type Step, VENDOR_ORDERS } from "./vendor_orders.ts";

interface Instrument {
  readonly preset: string;
  /** The run's folder in the watched one; null: its files lie there by themselves. */
  readonly run: string | null;
  readonly steps: readonly Step[];
  readonly quiet?: boolean;
}

/** The steps up to the first at which the run is over. */
function toItsEnd(preset: string): readonly Step[] {
  const steps = VENDOR_ORDERS[preset]!;
  return steps.slice(0, steps.findIndex(({ over }) => over !== null) + 1);
}

const PROBE = toItsEnd("spikeglx");

const INSTRUMENTS: Readonly<Record<string, Instrument>> = {
  SEQ_01: {
    preset: "illumina-novaseq-6000",
    run: "260417_A00123_0042_AHXXX",
    steps: toItsEnd("illumina-novaseq-6000"),
  },
  NANO_01: { preset: "minknow", run: "20260417_1432_X1_FA1", steps: toItsEnd("minknow") },
  ORBI_01: { preset: "thermo-raw", run: null, steps: toItsEnd("thermo-raw"), quiet: true },
  TIMS_01: { preset: "bruker-timstof", run: "s.d", steps: toItsEnd("bruker-timstof"), quiet: true },
  CONFOCAL_01: {
    preset: "microscope-files",
    run: null,
    steps: toItsEnd("microscope-files"),
    quiet: true,
  },
  // One recording over two disks: each has its probe.
  PROBE_01: { preset: "spikeglx", run: "rec_g0", steps: PROBE },
  PROBE_02: { preset: "spikeglx", run: "rec_g0", steps: PROBE },
};

Deno.test("six instruments with a preset and an unmodified writer end in proven runs", async () => {
  await using dir = await tempDir("labferry-six-");
  const ids = Object.keys(INSTRUMENTS);
  for (const id of ids) await Deno.mkdir(dir.join(id));
  await using lab = await openLab({
    equipment: Object.fromEntries(ids.map((id) => [id, "mount"])),
    signals: Object.fromEntries(ids.map((id) => [id, [
      `preset: ${INSTRUMENTS[id]!.preset}`,
      `intake: { watch: [${JSON.stringify(dir.join(id))}], project: Acquired }`,
      ...(INSTRUMENTS[id]!.quiet ? ["quiet_minutes: 0.03"] : []),
      ...(id.startsWith("PROBE")
        ? [`session: { id: { pattern: "^(?<session>[^_]+)_g" }, parts: [PROBE_01, PROBE_02] }`]
        : []),
    ]])),
    syncYaml: SOON,
  });
  await markDestinations(lab);
  await using _daemon = await startLabDaemon(lab);
  await Promise.all(ids.map((id) => act(id, { dir, lab })));
  await until(() => ids.every((id) => jobOf(lab, id)?.state === "verified"), {
    what: () => `all to be proven: ${ids.map((id) => `${id} ${jobOf(lab, id)?.state}`).join(", ")}`,
    limitMs: 120_000,
  });
  const said = await labferry(lab, ["session", "--json"]);
  assert.deepEqual(
    said.json().sessions.map((
      { id, complete }: { id: string; complete: boolean },
    ) => [id, complete]),
    [["rec", true]],
  );
  for (const id of ids) await compareFarWithWritten(jobOf(lab, id)!, { id, dir, lab });
});

/** Writes step by step; no step before the last one makes a job of it, however often it is looked at. */
async function act(
  id: string,
  { dir, lab }: { readonly dir: TempDir; readonly lab: Lab },
): Promise<void> {
  const { run, steps } = INSTRUMENTS[id]!;
  for (const { put, over } of steps) {
    // Before: a look that finds nothing new is not kept, and the first may come while the step is written.
    const before = looksOf(lab, id);
    for (const [name, text] of Object.entries(put)) {
      await put1(join(dir.join(id), run ?? "", name), text);
    }
    if (over !== null) return;
    await until(() => looksOf(lab, id) > before, { what: `${id} to be looked at`, everyMs: 100 });
    assert.equal(jobOf(lab, id), null, `${id} was taken after ${JSON.stringify(put)}`);
  }
}

async function put1(path: string, text: string | null): Promise<void> {
  if (text === null) return await Deno.remove(path);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

/** When it was looked at last, in time that the service has lived through. */
function looksOf(lab: Lab, id: string): number {
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  return Math.max(-1, ...queue.seen.ofEquipment(id).map((row) => row.lookedObservedMs));
}

function jobOf(lab: Lab, id: string): Job | null {
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  return queue.jobs.list({ equipmentId: id, limit: 10 })[0] ?? null;
}

async function compareFarWithWritten(
  job: Job,
  { id, dir, lab }: { readonly id: string; readonly dir: TempDir; readonly lab: Lab },
): Promise<void> {
  const written = new Map<string, string>();
  for (const { put } of INSTRUMENTS[id]!.steps) {
    for (const [name, text] of Object.entries(put)) {
      if (text === null) written.delete(name);
      else written.set(name, text);
    }
  }
  const far = join(lab.farBase(id), job.farDir);
  for (const [name, text] of written) {
    assert.equal(await Deno.readTextFile(join(far, name)), text, `${id}: ${name}`);
    assert.equal(
      await Deno.readTextFile(join(dir.join(id), INSTRUMENTS[id]!.run ?? "", name)),
      text,
    );
  }
  const manifest = await Array.fromAsync(readChecksums(recordPath(far, RECORD_FILES.checksums)));
  assert.deepEqual(manifest.map(({ path }) => path), [...written.keys()].sort());
}

Deno.test("what learn prints of old runs passes config check, and finds those very runs", async () => {
  const old = ["SEQ_01", "NANO_01", "ORBI_01"];
  for (const id of old) {
    await using dir = await tempDir("labferry-learnt-");
    const { preset, run, steps } = INSTRUMENTS[id]!;
    const tree = dir.join(id);
    for (let day = 1; day <= 4; day++) {
      for (const [i, { put }] of steps.entries()) {
        for (const [name, text] of Object.entries(put)) {
          const path = run === null
            ? join(tree, name.replace(/^a\./, `a${day}.`))
            : join(tree, `${run}_${day}`, name);
          await put1(path, text);
          const at = new Date(Date.parse("2026-05-01T08:00:00Z") + day * 86_400_000 + i * 60_000);
          if (text !== null) await Deno.utime(path, at, at);
        }
      }
    }
    await using lab = await openLab({ signals: { PLATE_01: ["completeness_signal: manual"] } });
    const said = await labferry(lab, ["learn", tree]);
    assert.match(said.stdout, new RegExp(`4 of 4 ended as preset ${preset} says`));
    const base = dir.join("nas");
    const config = dir.join("learnt.yaml");
    await Deno.writeTextFile(
      config,
      said.stdout.replace(/path: "[^"]*"/, `path: ${JSON.stringify(base)}`) +
        `sync: { ${SOON} }\nstatus: { port: 0 }\n`,
    );
    const learnt = { ...lab, configFile: config };
    const checked = await labferry(learnt, ["config", "check"]);
    assert.equal(checked.code, 0, checked.stderr);
    const shown = await labferry(learnt, ["config", "show"]);
    assert.match(shown.stdout, new RegExp(`preset: ${preset}`));
    // Quiet by their preset for an hour: what is old by its times is quiet only while it is watched.
    await using _daemon = await startLabDaemon(learnt);
    await until(() => {
      using queue = Queue.openToRead(lab.stateDir.queueFile);
      return queue.seen.ofEquipment(id).length === 4;
    }, { what: `the four runs of ${id} to be found`, everyMs: 100 });
  }
});
