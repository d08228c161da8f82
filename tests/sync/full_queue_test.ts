/** The queue's disk is full at any call of the dispatcher or a delivery: the service lives on. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";

import { Dispatcher } from "../../lib/sync/mod.ts";
import { TransportError } from "../../lib/transports/mod.ts";
import { assertSameRun, syncStatus } from "../support/far_proof.ts";
import { HandClock } from "../support/hand_clock.ts";
import { until } from "../support/until.ts";
import { openBench } from "./bench.ts";
import { watched } from "./watched_transport.ts";

const WRITES = new Set([
  "claims.ready",
  "claims.toVerify",
  "destinations.set",
  "files.setAllSent",
  "files.setHashes",
  "files.setSent",
  "files.setUnsent",
  "jobs.transition",
  "passes.adopt",
  "passes.begin",
  "passes.close",
  "passes.record",
  "seals.begin",
  "seals.forgetRounds",
  "timeline.note",
  "together",
]);

/** A queue whose writes fail when `isFull` says so. */
function filling<Part extends object>(
  part: Part,
  { isFull, of = "" }: { readonly isFull: (method: string) => boolean; readonly of?: string },
): Part {
  return new Proxy(part, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof name !== "string") return value;
      const method = `${of}${name}`;
      if (PARTS.has(method)) return filling(value as object, { isFull, of: `${method}.` });
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (WRITES.has(method) && isFull(method)) {
          throw new LabferryError("queue_full_disk", `the disk of the queue is full at ${method}`);
        }
        const answer = value.apply(target, args);
        return method === "files" ? filling(answer, { isFull, of: "files." }) : answer;
      };
    },
  });
}

/** Every write is of one of these, or of `files`. */
const PARTS = new Set(["claims", "destinations", "jobs", "passes", "seals", "timeline"]);

Deno.test("Dispatcher lives through a full disk at every write of the queue", async (t) => {
  for (const method of [...WRITES, "every third write"]) {
    await t.step(method, () => livesThrough(method));
  }
});

async function livesThrough(method: string): Promise<void> {
  const clock = new HandClock();
  let down = false;
  await using bench = await openBench({
    clock,
    wrap: (transport) =>
      watched(transport, ({ op }) => {
        if (op === "connect" && down) throw new TransportError("unreachable", "the NAS is off");
      }),
  });
  let faults = 0;
  let calls = 0;
  const isFull = (name: string) => {
    const hit = method === "every third write"
      ? calls++ % 3 === 2 && faults < 20
      : name === method && faults < 3;
    if (hit) faults++;
    return hit;
  };
  const queue = filling(bench.queue, { isFull });
  const run = await bench.lab.makeRun({ "a.dat": "alpha", "b.dat": "beta" });
  bench.enqueue(run);
  const dispatcher = new Dispatcher({
    destinations: bench.destinations,
    context: { ...bench.context, queue },
    maxParallel: 2,
    onJob: () => {},
    onPlace: () => {},
    onTell: () => Promise.resolve(),
  });
  // The breaker is written too: at first the NAS is off.
  down = true;
  startThrough(dispatcher);
  try {
    let turns = 0;
    await until(() => {
      if (clock.asleep > 0) clock.turn(31_000);
      if (++turns > 20) down = false;
      return bench.job(run).state === "verified" || bench.job(run).state === "failed";
    }, { what: () => JSON.stringify(bench.job(run)) });
  } finally {
    await dispatcher.stop();
  }
  const { state, attempts } = bench.job(run);
  assert.deepEqual([state, attempts], ["verified", 0]);
  await assertSameRun(run, bench.lab.farRun(run));
  assert.equal(await syncStatus(bench.lab.farRun(run)), "synced");
}

/** What a service manager does with a start that failed: it starts again. */
function startThrough(dispatcher: Dispatcher): void {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return dispatcher.start();
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
    }
  }
}
