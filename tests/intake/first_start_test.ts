/** What lay there before the first start: left alone, counted, and taken as soon as it changes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../lib/base/mod.ts";
import { whyAcquiringText } from "../../lib/cli/why.ts";
import { openStateDir, type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { FIRST_START_FILE } from "../../lib/intake/first_start.ts";
import { SENTINEL, SOON, untilProven, write } from "../support/intake_lab.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3_600_000;

/** Change times cannot be set: what is written now is old for a computer that lives later. */
function hoursAhead(hours: number): Clock {
  const ahead = hours * HOUR_MS;
  return {
    now: () => new Date(systemClock.now().getTime() + ahead),
    monotonicMs: () => systemClock.monotonicMs(),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  };
}

interface Instrument extends AsyncDisposable {
  readonly lab: Lab;
  readonly out: string;
}

async function openInstrument(existing: string): Promise<Instrument> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const out = dir.join("out");
  await Deno.mkdir(out);
  const intake = `intake: { watch: [${out}], project: Old, existing: ${existing} }`;
  const lab = stack.use(
    await openLab({ signals: { PLATE_01: [...SENTINEL, intake] }, syncYaml: SOON }),
  );
  const kept = stack.move();
  return { lab, out: await Deno.realPath(out), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A whole run; `hours` says how far ahead its last file was written. */
async function writeRun(out: string, name: string, hours = 0): Promise<string> {
  const run = join(out, name);
  await write(run, "a.dat", `scans of ${name}`);
  await write(run, "done.flag", "");
  const at = new Date(systemClock.now().getTime() + hours * HOUR_MS);
  if (hours > 0) await Deno.utime(join(run, "a.dat"), at, at);
  return run;
}

async function leftAlone(daemon: RunningDaemon, runs: number): Promise<void> {
  let found: unknown;
  await until(async () => {
    const { not_looked_after: there } = await daemon.control.status();
    found = there;
    return (there[0]?.runs ?? 0) === runs;
  }, { what: () => `${runs} runs to be left alone, not ${JSON.stringify(found)}` });
}

Deno.test("new_only leaves alone what lies there, says so, and takes what is new or changes", async () => {
  await using instrument = await openInstrument("new_only");
  const { lab, out } = instrument;
  await markDestinations(lab);
  const [old, other] = [await writeRun(out, "old"), await writeRun(out, "other")];
  const third = await writeRun(out, "third");
  const clock = hoursAhead(1);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir, clock });
  await leftAlone(daemon, 3);
  const fresh = await writeRun(out, "fresh", 1);
  await untilProven(daemon, fresh);
  const status = await daemon.control.status();
  assert.deepEqual(status.acquiring, []);
  assert.deepEqual([status.jobs_total, status.not_looked_after[0]!.runs], [1, 3]);
  assert.equal(
    status.not_looked_after[0]!.bytes,
    "scans of oldscans of otherscans of third".length,
  );
  const why = whyAcquiringText(await daemon.control.acquiring(old));
  assert.match(why, /^not looked after: .*neither sent nor proven: it lay there before/s);
  // Its instrument goes on with one, and a person speaks for another.
  await writeRun(out, "old", 1);
  await untilProven(daemon, old);
  assert.equal((await daemon.control.complete(other)).job, null);
  await untilProven(daemon, other);
  await leftAlone(daemon, 1);
  assert.equal((await daemon.control.acquiring(third)).existing, true);
});

Deno.test("what was seen to appear is new, however old its times are", async () => {
  await using instrument = await openInstrument("new_only");
  const { lab, out } = instrument;
  await markDestinations(lab);
  await writeRun(out, "old");
  // Less than a day: a fresh temporary file of the service itself would be swept as an old one.
  const clock = hoursAhead(12);
  const options = { config: lab.config, stateDir: lab.stateDir, clock };
  {
    await using daemon = await startDaemon(options);
    await leftAlone(daemon, 1);
    // The instrument's clock is far behind: all its times are older than the first start.
    await untilProven(daemon, await writeRun(out, "fresh"));
  }
  // Also what came while no labferry ran.
  const between = await writeRun(out, "between");
  await using daemon = await startDaemon(options);
  await untilProven(daemon, between);
  await leftAlone(daemon, 1);
});

Deno.test("another rule of what a run is makes old data no new data", async () => {
  await using instrument = await openInstrument("new_only");
  const { lab, out } = instrument;
  await markDestinations(lab);
  for (const name of ["a.raw", "b.scan"]) await write(out, name, `old ${name}`);
  const clock = hoursAhead(12);
  const [plate] = lab.config.equipment;
  const startWith = async (match: string) => {
    const run = { kind: "files", match, group: "stem" } as const;
    const intake = { ...plate!.intake!, run };
    const completeness = { signal: "quiet_period", quietMinutes: 0.01 } as const;
    const config = { ...lab.config, equipment: [{ ...plate!, intake, completeness }] };
    return await startDaemon({ config, stateDir: lab.stateDir, clock });
  };
  {
    await using daemon = await startWith("*.raw");
    await leftAlone(daemon, 1);
  }
  await using daemon = await startWith("*.{raw,scan}");
  await leftAlone(daemon, 2);
  assert.deepEqual(await daemon.control.jobs({}), []);
});

Deno.test("the first start is read back from the destination when the state is lost", async () => {
  await using instrument = await openInstrument("new_only");
  const { lab, out } = instrument;
  await markDestinations(lab);
  const old = await writeRun(out, "old");
  const first = { config: lab.config, stateDir: lab.stateDir, clock: hoursAhead(1) };
  {
    await using daemon = await startDaemon(first);
    await leftAlone(daemon, 1);
  }
  const far = join(lab.farBase("PLATE_01"), FIRST_START_FILE);
  const before = await Deno.readTextFile(far);
  // Written while no labferry ran: after the first start, before the second.
  const between = await writeRun(out, "between", 1.5);
  const stateDir = await openStateDir(lab.join("another state"));
  await markDestinations({ ...lab, stateDir });
  // The installation that is no more does not look after the trees, as `installation keep` says.
  await removeClaims(lab.dataRoot);
  await removeClaims(out);
  await using daemon = await startDaemon({ ...first, stateDir, clock: hoursAhead(3) });
  await untilProven(daemon, between);
  await leftAlone(daemon, 1);
  assert.equal((await daemon.control.acquiring(old)).existing, true);
  assert.equal(await Deno.readTextFile(far), before);
});

async function removeClaims(tree: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(tree)) {
    if (isDirectory) await removeClaims(join(tree, name));
    else if (name.startsWith("labferry-service.json")) await Deno.remove(join(tree, name));
  }
}

Deno.test("until the destination has said since when, nothing is taken and nothing left alone", async () => {
  await using instrument = await openInstrument("new_only");
  const { lab, out } = instrument;
  const old = await writeRun(out, "old");
  const clock = hoursAhead(1);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir, clock });
  const waits = async () => (await daemon.control.status()).acquiring[0]?.waits_for ?? "";
  await until(async () => /the destination to say since when .*\(/.test(await waits()), {
    what: "the run to wait",
  });
  assert.deepEqual(await daemon.control.jobs({}), []);
  assert.equal((await daemon.control.acquiring(old)).existing, false);
});

Deno.test("a destination that knew runs before had its first start: nothing is left alone", async () => {
  await using instrument = await openInstrument("new_only");
  const { lab, out } = instrument;
  await markDestinations(lab);
  const records = join(lab.farBase("PLATE_01"), "P/Runs/Run_1/.exlab-wizard");
  await Deno.mkdir(records, { recursive: true });
  await Deno.writeTextFile(join(records, "transfer.json"), "of another, and older, program");
  const old = await writeRun(out, "old");
  const clock = hoursAhead(1);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir, clock });
  await untilProven(daemon, old);
  assert.equal(await isThere(join(lab.farBase("PLATE_01"), FIRST_START_FILE)), false);
});

Deno.test("since is the configuration's word: what was touched before that day is left alone", async () => {
  await using instrument = await openInstrument("{ since: 2099-01-01 }");
  const { lab, out } = instrument;
  await markDestinations(lab);
  await writeRun(out, "old");
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await leftAlone(daemon, 1);
  }
  const [plate] = lab.config.equipment;
  const intake = { ...plate!.intake!, existing: "all" as const };
  const config = { ...lab.config, equipment: [{ ...plate!, intake }] };
  await using daemon = await startDaemon({ config, stateDir: lab.stateDir });
  await untilProven(daemon, join(out, "old"));
  await leftAlone(daemon, 0);
});
