/** What happens to runs reaches the commands that a configuration names for it. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { HOOK_EVENTS, type HookEvent } from "../../lib/config/config.ts";
import { HOUR_MS } from "../custody/facts.ts";
import { HandClock } from "../support/hand_clock.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";

const OF_RUNS: readonly HookEvent[] = [
  "on_verified",
  "on_cleaned",
  "on_blocked",
  "on_far_damage",
  "on_failed",
];
const OF_PLACES: readonly HookEvent[] = [
  "on_destination_down",
  "on_destination_up",
  "on_silence",
  "on_disk_warning",
];

testWith(
  ["linux"],
  "the service tells of runs that are proven, let go, blocked, damaged over there, or need a person",
  async () => {
    await using told = await listen(OF_RUNS, "{event} {run}");
    await using lab = await openLab({
      moreYaml: [
        "verify: { min_gap_hours: 0 }",
        "nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: 1, allow_same_disk: true }",
        told.yaml,
      ].join("\n"),
    });
    const init = await labferry(lab, ["destination", "init"]);
    assert.equal(init.code, 0, init.stderr);
    const good = await lab.makeRun({ "a.dat": "alpha" });
    const blocked = await lab.makeRun({ "CON": "no name for a share" });
    const taken = await lab.makeRun({ "a.dat": "beta" });
    await Deno.mkdir(lab.farRun(taken), { recursive: true });
    await Deno.writeTextFile(`${lab.farRun(taken)}/a.dat`, "somebody else's");
    const hears = (line: string) =>
      until(async () => (await told.lines()).includes(line), { what: line });
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    for (const run of [good, blocked, taken]) await daemon.control.enqueue(run);
    await hears(`verified ${good}`);
    await hears(`cleaned ${good}`);
    await hears(`blocked ${blocked}`);
    await hears(`failed ${taken}`);
    await Deno.writeTextFile(`${lab.farRun(good)}/a.dat`, "ALPHA");
    await daemon.control.verify(good);
    await hears(`far_damage ${good}`);
  },
);

testWith(
  ["linux", "tmpfs"],
  "the service tells of a destination that goes and comes back, a silent instrument, and a disk that is full",
  async () => {
    await using told = await listen(OF_PLACES, "{event} {equipment}{destination}");
    await using disk = await smallDisk(32 * 1024);
    await using lab = await openLab({
      dataRoot: disk.join("data"),
      signals: { PLATE_01: ["completeness_signal: manual", "expect_every_hours: 24"] },
      moreYaml: told.yaml,
    });
    const init = await labferry(lab, ["destination", "init"]);
    assert.equal(init.code, 0, init.stderr);
    const base = lab.farBase("PLATE_01");
    // Behind the real time all the way: what lies about for a day by this clock would be swept up.
    const hands = new HandClock(new Date(Date.now() - 50 * HOUR_MS).toISOString());
    await using daemon = await startDaemon({
      config: lab.config,
      stateDir: lab.stateDir,
      clock: hands,
    });
    const hears = (line: string) =>
      until(async () => (hands.turn(1_000), (await told.lines()).includes(line)), {
        what: line,
      });
    await Deno.rename(base, `${base}-away`);
    const run = await lab.makeRun({ "a.dat": "alpha" });
    await daemon.control.enqueue(run);
    await hears("destination_down PLATE_01");
    await Deno.rename(`${base}-away`, base);
    await hears("destination_up PLATE_01");
    // Nothing is under way when a day goes by at once.
    await until(
      async () => (hands.turn(1_000), (await daemon.control.job(run)).state === "verified"),
      { what: "its run to be proven" },
    );
    hands.turn(25 * HOUR_MS);
    await hears("silence PLATE_01");
    await disk.fill();
    await hears("disk_warning PLATE_01");
    const lines = await told.lines();
    for (const event of ["silence", "disk_warning"]) {
      assert.equal(lines.filter((line) => line.startsWith(event)).length, 1, `${lines}`);
    }
  },
);

Deno.test("every event that a configuration may name is heard here", () => {
  // A heartbeat's is heard in heartbeat_ping_test.ts.
  const heard = [...OF_RUNS, ...OF_PLACES, "on_heartbeat"];
  assert.deepEqual(heard.toSorted(), HOOK_EVENTS.toSorted());
});

interface Listening extends AsyncDisposable {
  /** For the lab's configuration. */
  readonly yaml: string;
  lines(): Promise<string[]>;
}

/** Hooks that write what they are told into one file, a line each. */
async function listen(events: readonly HookEvent[], line: string): Promise<Listening> {
  const file = await Deno.makeTempFile({ prefix: "labferry-told-" });
  const command = ["sh", "-c", 'printf "%s\\n" "$1" >> "$0"', file, line];
  return {
    yaml: ["hooks:", ...events.map((event) => `  ${event}: ${JSON.stringify(command)}`)].join("\n"),
    lines: async () => (await Deno.readTextFile(file)).split("\n").filter((text) => text !== ""),
    [Symbol.asyncDispose]: () => Deno.remove(file),
  };
}
