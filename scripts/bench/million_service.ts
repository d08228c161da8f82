/**
 * The service of `million.ts`, in a process of its own: it delivers the run it is told of, measures
 * how long the event loop stood still and when, and says both as lines of JSON. With
 * BENCH_PROFILE=1 it also says by what; the profile itself takes time and memory.
 *
 * `deno run -A million_service.ts CONFIG STATE RUN`, with the heap flags of the tasks.
 */
import { Session } from "node:inspector/promises";
import { loadConfig } from "../../lib/config/mod.ts";
import { openStateDir, startDaemon } from "../../lib/daemon/mod.ts";
import { until } from "../../tests/support/until.ts";
import { stacksIn, StallMeter } from "./stall_meter.ts";

const [configFile, statePath, runPath] = Deno.args as [string, string, string];
const LONGEST_MS = 60 * 60_000;
/** Stalls that are told with their stacks. */
const MOST_TOLD = 40;

const { config } = await loadConfig({ path: configFile });
const stateDir = await openStateDir(statePath);
const profile = Deno.env.get("BENCH_PROFILE") === "1" ? await startProfile() : null;
const daemon = await startDaemon({ config, stateDir });
console.log(JSON.stringify({ url: daemon.url }));

let phase = "gate";
const ending = new AbortController();
const following = follow();
const meter = new StallMeter(() => phase);
const memory = new Map<string, number>();
const weighing = setInterval(() => {
  const mb = Deno.memoryUsage().rss / 1024 / 1024;
  memory.set(phase, Math.max(memory.get(phase) ?? 0, Math.round(mb)));
}, 50);
const began = performance.now();
await daemon.control.enqueue(runPath);
await until(async () => {
  const { jobs } = await daemon.control.status();
  if (jobs[0]?.state === "failed") throw new Error(JSON.stringify(jobs[0].last_error));
  return jobs[0]?.state === "verified";
}, { what: "the run to be safe", limitMs: LONGEST_MS, everyMs: 1_000 });
const seconds = (performance.now() - began) / 1000;
const stalls = meter.stop();
clearInterval(weighing);
ending.abort();
await following;
const peak = await peakMb();
console.log("safe");
const taken = await profile?.stop();
console.log(JSON.stringify({
  seconds,
  peakMb: peak,
  mbByPhase: Object.fromEntries(memory),
  stalls: stalls.slice(0, MOST_TOLD).map((stall) => ({
    ...stall,
    stack: taken ? stacksIn(taken, stall) : [],
  })),
}));
await daemon.stop();

/** What the run is at, as the page is told. */
async function follow(): Promise<void> {
  const news = daemon.news.subscribe(ending.signal)!;
  while (!ending.signal.aborted) {
    const next = await news.next(1_000);
    if (next === null) return;
    if (next === "quiet") continue;
    const data = next.data as { state?: string; phase?: string };
    phase = data.phase ?? data.state ?? phase;
  }
}

async function peakMb(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status");
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
}

async function startProfile() {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 1000 });
  const startedMs = performance.now();
  await session.post("Profiler.start");
  return {
    async stop() {
      const { profile } = await session.post("Profiler.stop");
      return { ...profile, startedMs };
    },
  };
}
