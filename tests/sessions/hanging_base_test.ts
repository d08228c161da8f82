/** Another PC's base that hangs: a run of a session is called safe all the same, and says what is not known. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { sessionFolder, Sessions } from "../../lib/sessions/mod.ts";
import { jobOf, runDir, SENTINEL, SOON, untilProven, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { until } from "../support/until.ts";

const SESSION = { id: "m1", parts: ["A_1", "B_1"] };
const BROKEN_MS = 20_000;

testWith(
  ["fuse"],
  "standingOf waits a moment for a base that hangs in the midst of it",
  async () => {
    await using share = await oddShare({ hangsAt: { operation: "read", name: "B_1.json" } });
    const folder = join(share.diskPath, sessionFolder("m1"));
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "B_1.json"), "{}");
    const sessions = new Sessions({
      rules: new Map([["A_1", SESSION]]),
      bases: [share.path],
      queue: { meta: { get: () => null, set: () => {} } },
      standingMs: 300,
    });
    // Without a limit only the share itself would let it end.
    const limit = setTimeout(() => share.on(), BROKEN_MS);
    const { isComplete, standing, faults } = await sessions.standingOf(SESSION);
    assert.equal(isComplete, false);
    assert.deepEqual(standing.map(({ equipment, state }) => `${equipment} ${state}`), [
      "A_1 missing",
      "B_1 missing",
    ]);
    assert.ok(faults.some((fault) => /was not read within 0\.3 s/.test(fault)), faults.join());
    clearTimeout(limit);
    share.on();
  },
);

testWith(
  ["fuse"],
  "a run is called safe while the base of its session's other part hangs",
  async () => {
    await using share = await oddShare();
    await using lab = await openLab({
      equipment: { PROBE_01: "mount" },
      signals: { PROBE_01: [...SENTINEL, "session: { id: Monday, parts: [PROBE_01, PROBE_02] }"] },
      syncYaml: SOON,
      moreYaml: `sessions: { bases: [${JSON.stringify(share.path)}] }`,
    });
    await markDestinations(lab);
    share.hang();
    try {
      await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
      const run = runDir(lab, "PROBE_01");
      await write(run, "a.bin", "spikes");
      await write(run, "done.flag", "");
      await untilProven(daemon, run);
      const { id } = (await jobOf(daemon, run))!;
      let waits: unknown;
      await until(async () => {
        const events = await daemon.control.history(id);
        waits = events.find(({ kind }) => kind === "session_part")?.detail["waits"];
        return waits !== undefined;
      }, { what: "the timeline to tell of the session", limitMs: BROKEN_MS });
      assert.deepEqual(waits, ["PROBE_02"]);
    } finally {
      share.on();
    }
  },
);
