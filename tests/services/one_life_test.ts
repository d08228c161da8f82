/** Each background service of ours, through the same stress. */
import { Dispatcher } from "../../lib/sync/mod.ts";
import { livesOneLife } from "../support/one_life.ts";
import { openBench } from "../sync/bench.ts";

Deno.test("Dispatcher lives one life", async (t) => {
  await using bench = await openBench();
  await livesOneLife(t, {
    longestRestMs: 30_000,
    make: ({ clock, seam, log, onFault }) =>
      new Dispatcher({
        destinations: bench.destinations,
        context: { ...bench.context, clock, log, queue: seam.in(bench.queue, "nextDueAt") },
        maxParallel: 2,
        onJob: () => {},
        onPlace: () => {},
        onTell: () => Promise.resolve(),
        onFault,
      }),
  });
});
