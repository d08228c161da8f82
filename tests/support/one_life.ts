/**
 * One stress for every background service: it is started, rung, stopped, and all of that again and in
 * the wrong order; its work fails as a disk does, and as a bug does. The clock is turned by hand.
 */
import assert from "node:assert/strict";
import { LabferryError, type Service } from "../../lib/base/mod.ts";
import { HandClock } from "./hand_clock.ts";
import { until } from "./until.ts";

/** A call that each round of the service makes: counted, and made to fail. */
export class Seam {
  calls = 0;
  error: unknown = null;
  /** Runs in the midst of the next round. */
  once: (() => void) | null = null;

  pass(): void {
    this.calls++;
    const { once } = this;
    this.once = null;
    once?.();
    if (this.error !== null) throw this.error;
  }

  /** The same object, with this seam in front of one of its methods. */
  in<T extends object>(target: T, method: keyof T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === method) this.pass();
          return value.apply(target, args);
        };
      },
    });
  }
}

/** What a service under stress is made with. */
export class Stress {
  readonly clock = new HandClock();
  readonly seam = new Seam();
  readonly lines: string[] = [];
  readonly faults: unknown[] = [];
  readonly log = (level: string, message: string): void =>
    void this.lines.push(`${level}: ${message}`);
  readonly onFault = (fault: unknown): void => void this.faults.push(fault);
}

export interface Stressed {
  /** A new service, not started yet; what it stands on is the maker's to close. */
  readonly make: (stress: Stress) => Service | Promise<Service>;
  /** No rest between two of its rounds is longer. */
  readonly longestRestMs: number;
  /** False for a service whose round has nothing that may fail. @default {true} */
  readonly mayFail?: boolean;
}

export async function livesOneLife(
  t: Deno.TestContext,
  { make, longestRestMs, mayFail = true }: Stressed,
): Promise<void> {
  const step = (name: string, run: (stress: Stress, service: Service) => Promise<void>) =>
    t.step(name, async () => {
      const stress = new Stress();
      await using service = await make(stress);
      await run(stress, service);
      await service.stop();
      await isDead(stress, service);
    });
  /** Turns the clock until one more round was made, and the rest after it has begun. */
  const round = async ({ clock, seam, faults }: Stress) => {
    const before = seam.calls;
    await until(() => {
      if (seam.calls === before && clock.asleep > 0) clock.turn(longestRestMs);
      return seam.calls > before && clock.asleep > 0 || faults.length > 0;
    }, { what: "a round" });
  };

  await step("works from its start, in rounds", async (stress, service) => {
    service.start();
    for (let n = 0; n < 3; n++) await round(stress);
    assert.deepEqual([stress.lines, stress.faults], [[], []]);
  });

  await step("started again, it is the same one", async (stress, service) => {
    for (let n = 0; n < 3; n++) service.start();
    await round(stress);
    service.start();
    await round(stress);
    assert.equal(stress.clock.asleep, 1, "one loop sleeps");
  });

  await step("rung before its start and often, it loses no ring", async (stress, service) => {
    for (let n = 0; n < 100; n++) service.ring?.();
    service.start();
    await round(stress);
    if (!service.ring) return;
    const { seam } = stress;
    seam.once = () => service.ring?.();
    const before = seam.calls;
    for (let n = 0; n < 100; n++) service.ring();
    let turns = 0;
    await until(() => {
      // What gathers rings waits a little, twice; three seconds are nobody's rest.
      if (stress.clock.asleep > 0 && turns++ < 3) stress.clock.turn(1_000);
      return seam.calls >= before + 2;
    }, { what: "the rounds that were rung for" });
  });

  await step("stopped twice at once, both wait for the same end", async (stress, service) => {
    service.start();
    await round(stress);
    await Promise.all([service.stop(), service.stop()]);
    await isDead(stress, service);
  });

  await step("stopped in the midst of a round, it ends after it", async (stress, service) => {
    let stopped: Promise<void> | null = null;
    stress.seam.once = () => void (stopped = service.stop());
    service.start();
    await until(() => stopped !== null, { what: "the round" });
    await stopped;
  });

  await step("stopped before its start, it never begins", async (stress, service) => {
    await service.stop();
    service.start();
    await isDead(stress, service);
    assert.equal(stress.seam.calls, 0);
  });

  if (!mayFail) return;

  await step(
    "a trouble of the moment is logged once, and once that it is over",
    async (stress, service) => {
      const { seam, lines } = stress;
      service.start();
      await round(stress);
      for (let time = 1; time <= 2; time++) {
        seam.error = new LabferryError("queue_full_disk", "the disk of the queue is full");
        for (let n = 0; n < 3; n++) await round(stress);
        assert.equal(lines.length, 2 * time - 1, lines.join("\n"));
        assert.match(lines.at(-1)!, /^error: .* failed: the disk of the queue is full$/);
        seam.error = null;
        for (let n = 0; n < 3; n++) await round(stress);
        assert.equal(lines.length, 2 * time, lines.join("\n"));
        assert.match(lines.at(-1)!, /^info: .* has recovered$/);
      }
      assert.deepEqual(stress.faults, []);
    },
  );

  await step("a bug ends it, loudly", async (stress, service) => {
    const { seam, faults } = stress;
    service.start();
    await round(stress);
    const bug = seam.error = new TypeError("a bug");
    await round(stress);
    assert.deepEqual(faults, [bug]);
    await isDead(stress, service);
    assert.deepEqual(faults, [bug]);
  });
}

/** Nothing brings it back: no ring, no start, no day that passes. */
async function isDead({ clock, seam }: Stress, service: Service): Promise<void> {
  const before = seam.calls;
  service.ring?.();
  service.start();
  clock.turn(24 * 3600 * 1000);
  await service.stop();
  service.ring?.();
  // Whatever were still under way had its turn.
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([seam.calls, clock.asleep], [before, 0]);
}
