/** A bench whose clocks the test turns, for runs that were proven twice and are old enough to go. */
import type { DeletionPolicy } from "../../lib/custody/mod.ts";
import { verifyAgain } from "../../lib/sync/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import type { RunFiles } from "../support/lab.ts";
import { type Bench, type BenchOptions, openBench } from "../sync/bench.ts";
import { HOUR_MS } from "./facts.ts";

/** The defaults, where the NAS is a folder of this disk, as a bench's is. */
export const POLICY: DeletionPolicy = {
  enabled: true,
  minVerifyPasses: 2,
  minGapHours: 12,
  minAgeHours: 24,
  rehash: true,
  allowSameDisk: true,
  acceptProviderAsserted: false,
};

export interface AgedBench extends Bench {
  readonly hands: HandClock;
  /** Both clocks go on: the one on the wall, and the time that a service lived through. */
  turn(hours: number): void;
  /** A run that was proven 39 h ago, and proven again 26 h ago. */
  provenTwice(files: RunFiles): Promise<{ readonly run: string; readonly far: string }>;
}

export async function openAgedBench(
  options: Omit<BenchOptions, "clock"> = {},
): Promise<AgedBench> {
  // Records tell whole seconds.
  const hands = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  const bench = await openBench({ ...options, clock: hands });
  const turn = (hours: number) => {
    hands.turn(hours * HOUR_MS);
    bench.queue.observedTime.add(hours * HOUR_MS);
  };
  return Object.assign(bench, {
    hands,
    turn,
    async provenTwice(files: RunFiles) {
      const run = await bench.lab.makeRun(files);
      bench.enqueue(run);
      await bench.deliver(run);
      turn(13);
      await verifyAgain(bench.job(run), bench.work("PLATE_01"));
      turn(26);
      return { run, far: bench.lab.farRun(run) };
    },
  });
}
