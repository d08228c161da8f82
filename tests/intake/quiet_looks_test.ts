/** What many runs cost that nothing happens in: looks, and writing, counted over a turned clock. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { DiskPool, FolderWatchOptions } from "../../lib/disk/mod.ts";
import { EquipmentScan } from "../../lib/intake/equipment_scan.ts";
import { againAfterMs } from "../../lib/intake/look_times.ts";
import { HandClock } from "../support/hand_clock.ts";
import { runDir, SENTINEL, write } from "../support/intake_lab.ts";
import { openBench } from "../sync/bench.ts";

const RUNS = 500;
const MINUTE_MS = 60_000;
const SCAN_SECONDS = 30;

/** A scan of `RUNS` runs that wait for their sentinel; `looks` counts the walks over their data. */
async function openScan({ isTold }: { readonly isTold: boolean }) {
  const clock = new HandClock();
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(
    await openBench({
      clock,
      signals: { PLATE_01: SENTINEL },
      syncYaml: `scan_seconds: ${SCAN_SECONDS}, settle_seconds: 0`,
    }),
  );
  const { config } = bench.lab;
  const runs = Array.from({ length: RUNS }, (_, i) => runDir(bench.lab, "PLATE_01", `Run_${i}`));
  for (const run of runs) await write(run, "a.dat", "alpha");
  let looks = 0;
  let watch: FolderWatchOptions | undefined;
  const pool: DiskPool = new Proxy(bench.context.pool as DiskPool, {
    get(real, name) {
      if (name === "watchFolder") {
        return (_folder: string, options: FolderWatchOptions) => {
          watch = options;
          queueMicrotask(() => isTold ? options.onBegin() : options.onEnd("no watches are left"));
          return { close: () => {} };
        };
      }
      if (name === "walkTree") looks++;
      const value = Reflect.get(real, name, real);
      return typeof value === "function" ? value.bind(real) : value;
    },
  });
  const startedMs = clock.monotonicMs();
  const scan = new EquipmentScan({
    equipment: config.equipment[0]!,
    house: {
      config,
      context: { ...bench.context, pool },
      moves: bench.moves,
      destinations: bench.destinations,
      observedMs: () => clock.monotonicMs() - startedMs,
      onTaken: () => {},
    },
    signal: new AbortController().signal,
    ring: () => {},
    onFault: (fault) => {
      throw fault;
    },
  });
  stack.defer(() => scan.settled());
  const database = new DatabaseSync(bench.lab.stateDir.queueFile, { readOnly: true });
  stack.defer(() => database.close());
  const kept = stack.move();
  return {
    runs,
    scan,
    looks: () => looks,
    /** Another number after each commit of the queue. */
    commits: () => database.prepare("PRAGMA data_version").get()!.data_version,
    tell: (path: string) => watch!.onChanges({ paths: [path], lost: false }),
    lose: () => watch!.onChanges({ paths: [], lost: true }),
    /** All rounds that are due within so many minutes. */
    async live(minutes: number) {
      const endMs = clock.monotonicMs() + minutes * MINUTE_MS;
      while (true) {
        await scan.scan();
        const nextMs = Math.max(scan.nextMs(), clock.monotonicMs());
        if (nextMs > endMs) break;
        clock.turn(nextMs - clock.monotonicMs());
      }
      clock.turn(endMs - clock.monotonicMs());
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

Deno.test("500 runs in which nothing happens are looked at once in ten minutes, and nothing is written", async () => {
  await using one = await openScan({ isTold: true });
  await one.live(17);
  const [looks, commits] = [one.looks(), one.commits()];
  await one.live(20);
  const aMinute = (one.looks() - looks) / 20;
  assert.ok(aMinute >= RUNS / 20 && aMinute <= RUNS / 6, `${aMinute} looks a minute`);
  assert.equal(one.commits(), commits, "a look that found nothing new is no reason to write");
  // What is told of is looked at at once, and by itself.
  const before = one.looks();
  await write(one.runs[7]!, "b.dat", "beta");
  one.tell(one.runs[7]!.split("/").slice(-3).join("/"));
  await one.live(0.1);
  assert.equal(one.looks(), before + 1);
  assert.notEqual(one.commits(), commits);
  // Events were lost: whatever rests is looked at now.
  one.lose();
  await one.live(1);
  assert.ok(one.looks() - before > RUNS, `${one.looks() - before} looks`);
});

Deno.test("where no events come every open run is looked at with every scan", async () => {
  await using one = await openScan({ isTold: false });
  await one.live(2);
  const looks = one.looks();
  await one.live(2);
  const aMinute = (one.looks() - looks) / 2;
  assert.ok(aMinute >= 2 * RUNS * 0.9, `${aMinute} looks a minute`);
});

Deno.test("againAfterMs rests no longer than a run has been quiet, nor than ten minutes", () => {
  const told = { scanMs: 30_000, isTold: true };
  const after = (quietMs: number, more: Partial<Parameters<typeof againAfterMs>[0]> = {}) =>
    againAfterMs({
      lookAgainInMs: null,
      isForChange: true,
      row: { lookedObservedMs: 5_000 + quietMs, changedObservedMs: 5_000 },
      ...more,
    }, told);
  assert.deepEqual(
    [0, 29_000, 45_000, 599_000, 86_400_000].map((quietMs) => after(quietMs)),
    [30_000, 30_000, 45_000, 599_000, 600_000],
  );
  // Time may end the wait: settling, or somebody who holds a file open.
  assert.equal(after(86_400_000, { lookAgainInMs: 2_000 }), 2_000);
  assert.equal(after(86_400_000, { lookAgainInMs: 90_000 }), 30_000);
  assert.equal(after(86_400_000, { isForChange: false }), 30_000);
});
