/** Each background service of ours, through the same stress. */
import assert from "node:assert/strict";
import { FarRebuild } from "../../lib/daemon/far_rebuild.ts";
import { GateWatch } from "../../lib/daemon/gate_watch.ts";
import { Heartbeats } from "../../lib/daemon/heartbeats.ts";
import { HoldWatch } from "../../lib/daemon/hold_watch.ts";
import { ObservedTime } from "../../lib/daemon/observed_time.ts";
import { describeRun, feedQueue } from "../../lib/daemon/report_feed.ts";
import { holdStateDir } from "../../lib/daemon/state_dir.ts";
import { Watchdog } from "../../lib/daemon/service_manager.ts";
import { TempSweep } from "../../lib/daemon/temp_sweep.ts";
import { TreeClaims } from "../../lib/daemon/tree_claims.ts";
import { TreeWatch } from "../../lib/daemon/tree_watch.ts";
import {
  Cleaner,
  deletionPolicy,
  DiskWatch,
  Drills,
  LaterPasses,
  passPolicy,
} from "../../lib/custody/mod.ts";
import { Silence } from "../../lib/daemon/silence.ts";
import { YieldWatch } from "../../lib/daemon/yield_watch.ts";
import { AuditCache } from "../../lib/gate/mod.ts";
import { HeadStart, Scanner } from "../../lib/intake/mod.ts";
import type { Queue } from "../../lib/queue/mod.ts";
import { ReportFeed, ReportStore } from "../../lib/reports/mod.ts";
import { IngestFollower, OldRecords, ReceivedWatch, StagingArea } from "../../lib/staging/mod.ts";
import { Dispatcher, HandedOver } from "../../lib/sync/mod.ts";
import { TrailMirror } from "../../lib/trail/mod.ts";
import { NewsHub } from "../../lib/web/mod.ts";
import { pulseOf } from "../daemon/pulse_of.ts";
import { livesOneLife, type Stress } from "../support/one_life.ts";
import { openLab } from "../support/lab.ts";
import { type Bench, openBench } from "../sync/bench.ts";

const HERE = new URL(import.meta.url);
const SERVICE = /^(?:export )?class (\w+)(?:<[^>]*>)? (?:extends Rounds|implements Service)\b/gm;

async function* servicesIn(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* servicesIn(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) {
      const text = await Deno.readTextFile(new URL(name, folder));
      for (const [, service] of text.matchAll(SERVICE)) yield service!;
    }
  }
}

Deno.test("each service of lib/ is under this stress", async () => {
  const tests = `${await Deno.readTextFile(HERE)}
    ${await Deno.readTextFile(new URL("../base/service_test.ts", HERE))}`;
  const services = await Array.fromAsync(servicesIn(new URL("../../lib/", HERE)));
  assert.ok(services.length >= 8, `only ${services.join(", ")} were seen`);
  assert.deepEqual(services.filter((name) => !tests.includes(`"${name} lives one life`)), []);
});

/** The bench's context with the stress's clock and log, and its seam before a method of the queue. */
function contextOf<Part extends "claims" | "jobs" | "meta" | "seen" | "timeline">(
  bench: Bench,
  { stress, part, method }: {
    readonly stress: Stress;
    readonly part: Part;
    readonly method: keyof Queue[Part];
  },
): Bench["context"] {
  const { clock, log, seam } = stress;
  return {
    ...bench.context,
    clock,
    log,
    queue: withPart(bench.queue, part, seam.in(bench.queue[part], method)),
  };
}

/** The same queue, with another object for one of its parts. */
function withPart<Part extends keyof Queue>(queue: Queue, part: Part, other: Queue[Part]): Queue {
  return new Proxy(queue, {
    get(_, name) {
      const value = name === part ? other : Reflect.get(queue, name, queue);
      return typeof value === "function" ? value.bind(queue) : value;
    },
  });
}

function dispatcherOf(bench: Bench, stress: Stress): Dispatcher {
  return new Dispatcher({
    destinations: bench.destinations,
    context: contextOf(bench, { stress, part: "claims", method: "nextDueAt" }),
    maxParallel: 2,
    onJob: () => {},
    onPlace: () => {},
    onTell: () => Promise.resolve(),
    onFault: stress.onFault,
  });
}

Deno.test("Dispatcher lives one life", async (t) => {
  await using bench = await openBench();
  const make = (stress: Stress) => dispatcherOf(bench, stress);
  await livesOneLife(t, { make, longestRestMs: 30_000 });
});

Deno.test("GateWatch lives one life", async (t) => {
  await using bench = await openBench();
  await bench.lab.makeRun({ "a.dat": "alpha" });
  const { config } = bench.lab;
  await livesOneLife(t, {
    longestRestMs: config.sync.scanSeconds * 1_000,
    make: (stress) =>
      new GateWatch({
        config,
        context: contextOf(bench, { stress, part: "jobs", method: "held" }),
        cache: new AuditCache(),
        dispatcher: dispatcherOf(bench, stress),
        news: new NewsHub(),
        onFault: stress.onFault,
      }),
  });
});

Deno.test("ReportFeed lives one life", async (t) => {
  await using bench = await openBench();
  bench.enqueue(await bench.lab.makeRun({ "a.dat": "alpha" }));
  await livesOneLife(t, {
    longestRestMs: 60_000,
    make: ({ clock, seam, log, onFault }) =>
      new ReportFeed({
        queue: seam.in(feedQueue(bench.queue), "eventsAfter"),
        store: new ReportStore(bench.lab.stateDir.reportsDir),
        describe: (job) => describeRun(job, { pool: bench.context.pool, context: bench.context }),
        log: {
          info: (_, { line }) => log("info", `${line}`),
          warn: (_, { line }) => log("error", `${line}`),
        },
        clock,
        onFault,
      }),
  });
});

Deno.test("ObservedTime lives one life", async (t) => {
  await using bench = await openBench();
  await livesOneLife(t, {
    longestRestMs: 60_000,
    make: (stress) => new ObservedTime(stress.seam.in(bench.queue.observedTime, "add"), stress),
  });
});

Deno.test("HoldWatch lives one life", async (t) => {
  await using bench = await openBench();
  const { stateDir } = bench.lab;
  using hold = await holdStateDir(stateDir);
  await livesOneLife(t, {
    longestRestMs: 5_000,
    // A lock that cannot be looked at is one that is lost: tests/daemon/hold_watch_test.ts.
    mayFail: false,
    make: (stress) =>
      new HoldWatch({ hold: stress.seam.in(hold, "isStillNamed"), stateDir }, stress),
  });
});

Deno.test("TreeWatch lives one life", async (t) => {
  await using bench = await openBench();
  const { config, stateDir } = bench.lab;
  await livesOneLife(t, {
    longestRestMs: 60_000,
    make: (stress) => {
      const { clock } = stress;
      const trees = new TreeClaims({ config, stateDir, clock, log: () => {}, serves: true });
      return new TreeWatch({
        ...stress,
        trees: stress.seam.in(trees, "lookAll"),
        onFreed: () => Promise.resolve(),
      });
    },
  });
});

Deno.test("Watchdog lives one life", async (t) => {
  const notice = { socket: "/run/nobody", watchdogMs: 60_000 };
  await livesOneLife(t, {
    longestRestMs: 30_000,
    make: (stress) => {
      const tell = () => Promise.try(() => stress.seam.pass());
      return new Watchdog({ notice, status: "here", tell }, stress);
    },
  });
});

Deno.test("FarRebuild lives one life, while its destination is away", async (t) => {
  await using bench = await openBench();
  const { config, stateDir } = bench.lab;
  const [away] = bench.destinations.keys();
  await Deno.remove(bench.lab.farBase(away!), { recursive: true });
  await livesOneLife(t, {
    longestRestMs: 10 * 60_000,
    make: (stress) =>
      new FarRebuild({
        config,
        destinations: bench.destinations,
        context: contextOf(bench, { stress, part: "meta", method: "get" }),
        stateDir,
        onJob: () => {},
        onFault: stress.onFault,
      }),
  });
});

Deno.test("TempSweep lives one life", async (t) => {
  await using bench = await openBench();
  bench.enqueue(await bench.lab.makeRun({ "a.dat": "alpha" }));
  const { stateDir } = bench.lab;
  await livesOneLife(t, {
    longestRestMs: 24 * 3600 * 1000,
    make: (stress) =>
      new TempSweep({
        context: contextOf(bench, { stress, part: "jobs", method: "list" }),
        stateDir,
        onFault: stress.onFault,
      }),
  });
});

Deno.test("Scanner lives one life", async (t) => {
  await using bench = await openBench();
  const { config } = bench.lab;
  await livesOneLife(t, {
    longestRestMs: config.sync.scanSeconds * 1_000,
    make: (stress) =>
      new Scanner({
        config,
        context: contextOf(bench, { stress, part: "seen", method: "unchecked" }),
        moves: bench.moves,
        destinations: bench.destinations,
        onTaken: () => {},
        onFault: stress.onFault,
      }),
  });
});

Deno.test("HeadStart lives one life", async (t) => {
  await using bench = await openBench();
  const { config } = bench.lab;
  const equipment = config.equipment.map((one) => ({ ...one, headStart: true }));
  await livesOneLife(t, {
    longestRestMs: config.sync.scanSeconds * 1_000,
    make: (stress) =>
      new HeadStart({
        config: { ...config, equipment },
        context: contextOf(bench, { stress, part: "seen", method: "ofEquipment" }),
        moves: bench.moves,
        destinations: bench.destinations,
        dispatcher: dispatcherOf(bench, stress),
        onFault: stress.onFault,
      }),
  });
});

Deno.test("LaterPasses lives one life", async (t) => {
  await using bench = await openBench();
  const { destinations } = bench;
  await livesOneLife(t, {
    longestRestMs: 15 * 60_000,
    make: (stress) =>
      new LaterPasses({
        ...stress,
        context: contextOf(bench, { stress, part: "claims", method: "unplanned" }),
        destinations,
        dispatcher: dispatcherOf(bench, stress),
        policy: passPolicy(bench.lab.config),
      }),
  });
});

Deno.test("Cleaner lives one life", async (t) => {
  await using bench = await openBench();
  const { destinations } = bench;
  await livesOneLife(t, {
    longestRestMs: 5 * 60_000,
    make: (stress) =>
      new Cleaner({
        ...stress,
        context: contextOf(bench, { stress, part: "claims", method: "deletable" }),
        destinations,
        dispatcher: dispatcherOf(bench, stress),
        policy: { ...deletionPolicy(bench.lab.config), enabled: true },
        room: null,
      }),
  });
});

Deno.test("YieldWatch lives one life", async (t) => {
  await livesOneLife(t, {
    longestRestMs: 10 * 60_000,
    make: ({ clock, seam, log, onFault }) =>
      new YieldWatch({
        settings: { processes: ["ZEN.exe"], cpuAbovePercent: 60, activeWindows: [] },
        clock: seam.in(clock, "now"),
        onChange: () => {},
        log,
        onFault,
      }),
  });
});

Deno.test("ReceivedWatch lives one life", async (t) => {
  await using lab = await openLab({ moreYaml: "orchestrator: { staging_root: /nowhere/staging }" });
  const { config } = lab;
  await livesOneLife(t, {
    longestRestMs: config.sync.scanSeconds * 1_000,
    make: ({ clock, seam, log, onFault }) =>
      new ReceivedWatch({
        config,
        context: { clock: seam.in(clock, "now"), log },
        onMet: () => {},
        onFault,
      }),
  });
});

Deno.test("DiskWatch lives one life", async (t) => {
  await using bench = await openBench();
  await livesOneLife(t, {
    longestRestMs: 5 * 60_000,
    make: (stress) =>
      new DiskWatch({
        ...stress,
        queue: withPart(bench.queue, "storage", stress.seam.in(bench.queue.storage, "of")),
        now: () => stress.clock.now(),
        staysMs: null,
        roots: () => new Map([["PLATE_01", bench.lab.dataRoot]]),
        onWarning: () => {},
      }),
  });
});

Deno.test("Heartbeats lives one life", async (t) => {
  await using bench = await openBench();
  await livesOneLife(t, {
    longestRestMs: 300_000,
    make: (stress) =>
      new Heartbeats({
        ...stress,
        context: contextOf(bench, { stress, part: "meta", method: "get" }),
        destinations: new Map(),
        isUp: () => true,
        everyMs: 300_000,
        pulse: () => Promise.resolve(pulseOf(["PLATE_01"])),
        onAway: () => {},
        onBeat: () => {},
        onTwice: () => Promise.resolve(),
      }),
  });
});

Deno.test("Silence lives one life", async (t) => {
  await using bench = await openBench();
  await livesOneLife(t, {
    longestRestMs: 5 * 60_000,
    make: (stress) =>
      new Silence({
        ...stress,
        queue: withPart(bench.queue, "jobs", stress.seam.in(bench.queue.jobs, "list")),
        now: () => stress.clock.now(),
        expected: new Map([["PLATE_01", 24]]),
        onSilence: () => {},
      }),
  });
});

Deno.test("IngestFollower lives one life", async (t) => {
  await using bench = await openBench({
    moreYaml: "orchestrator: { staging_root: /nowhere/staging }",
  });
  const area = (await StagingArea.of(bench.lab.config))!;
  const { destinations } = bench;
  await livesOneLife(t, {
    longestRestMs: 30_000,
    make: (stress) =>
      new IngestFollower({
        area: stress.seam.in(area, "refresh"),
        context: { ...bench.context, clock: stress.clock, log: stress.log },
        destinations,
        dispatcher: dispatcherOf(bench, stress),
        onFault: stress.onFault,
      }),
  });
});

Deno.test("OldRecords lives one life", async (t) => {
  await using bench = await openBench({
    moreYaml: "orchestrator: { staging_root: /nowhere/staging }",
  });
  const area = (await StagingArea.of(bench.lab.config))!;
  await livesOneLife(t, {
    longestRestMs: 6 * 3_600_000,
    make: (stress) =>
      new OldRecords({
        ...stress,
        area: stress.seam.in(area, "refresh"),
        context: { ...bench.context, clock: stress.clock, log: stress.log },
        dispatcher: dispatcherOf(bench, stress),
        mayBegin: () => true,
      }),
  });
});

Deno.test("Drills lives one life", async (t) => {
  await using bench = await openBench();
  const { destinations } = bench;
  await livesOneLife(t, {
    longestRestMs: 3_600_000,
    make: (stress) =>
      new Drills({
        ...stress,
        context: contextOf(bench, { stress, part: "meta", method: "get" }),
        destinations,
        dispatcher: dispatcherOf(bench, stress),
        maxBytes: 1_000_000,
        onDrill: () => {},
      }),
  });
});

Deno.test("TrailMirror lives one life", async (t) => {
  await using bench = await openBench();
  const { destinations } = bench;
  await livesOneLife(t, {
    longestRestMs: 300_000,
    make: (stress) =>
      new TrailMirror({
        ...stress,
        context: contextOf(bench, { stress, part: "timeline", method: "after" }),
        destinations,
        dispatcher: dispatcherOf(bench, stress),
        reportsDir: bench.lab.stateDir.reportsDir,
        onBroken: () => {},
      }),
  });
});

Deno.test("HandedOver lives one life", async (t) => {
  await using bench = await openBench({ staged: new Map([["PLATE_01", []]]) });
  const { destinations } = bench;
  await livesOneLife(t, {
    longestRestMs: 30_000,
    make: (stress) =>
      new HandedOver({
        ...stress,
        context: contextOf(bench, { stress, part: "jobs", method: "list" }),
        destinations,
        dispatcher: dispatcherOf(bench, stress),
        onTaken: () => {},
        restMs: 30_000,
      }),
  });
});
