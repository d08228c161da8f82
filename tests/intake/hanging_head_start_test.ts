/** A share that begins to hang in a head start: what is complete goes on, and the service ends. */
import assert from "node:assert/strict";
import { configureLog } from "../../lib/base/log.ts";
import { endsWithin } from "../../lib/base/ends_within.ts";
import { freshRow } from "../../lib/intake/seen_book.ts";
import { HeadStart } from "../../lib/intake/mod.ts";
import { openBench } from "../sync/bench.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { LIMIT_MS, runDir, SENTINEL, SOON, untilProven, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { until } from "../support/until.ts";

/** Less than the share hangs. */
const STOP_MS = 60_000;

for (
  const [what, hangsAt] of [
    ["its mark is looked for", { operation: "getattr", name: "head_start.json" }],
    ["its run is locked", { operation: "getattr", name: "transfer.lock" }],
  ] as const
) {
  testWith(
    ["fuse"],
    `a head start whose share hangs as ${what} holds up no other instrument, nor the end`,
    async () => {
      await using share = await oddShare({ hangsAt: { ...hangsAt, seconds: 120 } });
      await using lab = await openLab({
        equipment: { AFAR_01: "mount", PLATE_01: "mount" },
        dataRoots: { AFAR_01: share.path },
        signals: { AFAR_01: [...SENTINEL, "head_start: true"], PLATE_01: SENTINEL },
        syncYaml: SOON,
      });
      await markDestinations(lab);
      using _log = configureLog({ level: "debug", file: lab.stateDir.logFile });
      const afar = `${share.path}/AFAR_01/Cortex Q3/Runs/Run_a`;
      await write(afar, "a.dat", "alpha");
      const daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
      let isStopped = false;
      try {
        await until(share.isHanging, {
          what: () => `the share to hang; the service says\n${lastLines(lab.stateDir.logFile)}`,
          limitMs: LIMIT_MS,
        });
        for (const name of ["Run_one", "Run_two"]) {
          const near = runDir(lab, "PLATE_01", name);
          await write(near, "a.dat", "beta");
          await write(near, "done.flag", "");
          await untilProven(daemon, near);
        }
        isStopped = await endsWithin(daemon.stop(), STOP_MS);
        assert.ok(isStopped, "the service waits for the share");
        assert.ok(await share.isHanging());
      } finally {
        share.on();
        if (!isStopped) await daemon.stop();
      }
    },
  );
}

function lastLines(logFile: string): string {
  return Deno.readTextFileSync(logFile).split("\n").slice(-20).join("\n");
}

Deno.test("a run that is walked for ever holds up the head start of no other instrument", async () => {
  await using bench = await openBench({ equipment: { AFAR_01: "mount", PLATE_01: "mount" } });
  const { queue, context, lab: { config, makeRun } } = bench;
  const at = new Date().toISOString();
  for (const equipmentId of ["AFAR_01", "PLATE_01"]) {
    const runPath = await makeRun({ "a.dat": "alpha" }, { equipment: equipmentId });
    const about = { runPath, folder: null, equipmentId, hasAppeared: true, at, observedMs: 0 };
    queue.seen.put({ ...freshRow(about), files: 1, bytes: 5 });
  }
  const walked: string[] = [];
  const hangs = Promise.withResolvers<void>();
  const walkTree: typeof context.pool.walkTree = async function* (root, options) {
    walked.push(root);
    if (root.includes("AFAR_01")) await hangs.promise;
    yield* context.pool.walkTree(root, options);
  };
  const asked: string[] = [];
  const headStart = new HeadStart({
    config: {
      ...config,
      sync: { ...config.sync, settleSeconds: 0 },
      equipment: config.equipment.map((one) => ({ ...one, headStart: true })),
    },
    context: { ...context, pool: Object.assign(Object.create(context.pool), { walkTree }) },
    moves: bench.moves,
    destinations: bench.destinations,
    dispatcher: {
      lendAhead: ({ equipmentId }) => {
        asked.push(equipmentId);
        return null;
      },
    },
  });
  headStart.start();
  try {
    await until(() => asked.includes("PLATE_01"), { what: "the other instrument's turn" });
    assert.ok(walked.some((root) => root.includes("AFAR_01")));
    assert.equal(asked.includes("AFAR_01"), false);
  } finally {
    hangs.resolve();
    await headStart.stop();
  }
});
