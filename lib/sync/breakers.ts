/** The breakers of all places, kept in the queue so that they are shown and outlive a restart. */
import { advance, type Breaker, UP } from "./breaker.ts";
import type { Failure } from "./machine.ts";
import type { Place, SyncDoors } from "./place.ts";

export class Breakers {
  #breakers = new Map<string, Breaker>();

  constructor(
    private readonly places: ReadonlyMap<string, Place>,
    private readonly doors: Pick<SyncDoors, "queue" | "clock" | "random">,
    private readonly onChange: (name: string, breaker: Breaker) => void,
  ) {
    for (const { name, state, code, reason, since, nextProbeAt } of doors.queue.destinations()) {
      if (state === "up" || !places.has(name)) continue;
      this.#breakers.set(name, {
        state: "down",
        code: code ?? "unreachable",
        reason: reason ?? "",
        since,
        nextProbeAt: nextProbeAt ?? since,
        failures: 1,
      });
    }
  }

  of(name: string): Breaker {
    return this.#breakers.get(name) ?? UP;
  }

  isUp(name: string): boolean {
    return this.of(name).state === "up";
  }

  failed(name: string, { code, message }: Failure): void {
    const at = this.doors.clock.now();
    this.#set(
      name,
      advance(this.of(name), {
        type: "failure",
        code,
        reason: message,
        at,
        random: this.doors.random(),
      }),
    );
  }

  /** The first success is written down too: until then nobody knows how a place is. */
  succeeded(name: string): void {
    if (this.#breakers.get(name)?.state !== "up") this.#set(name, UP);
  }

  /** Places whose probe is due now; with `force` all that are down. */
  dueForProbe(force = false): string[] {
    const now = this.doors.clock.now().toISOString();
    return [...this.#breakers].flatMap(([name, breaker]) =>
      breaker.state === "down" && (force || breaker.nextProbeAt <= now) ? [name] : []
    );
  }

  /** The earliest probe to come, ISO 8601; null when everything is up. */
  nextProbeAt(): string | null {
    const times = [...this.#breakers.values()].flatMap((breaker) =>
      breaker.state === "down" ? [breaker.nextProbeAt] : []
    );
    return times.sort()[0] ?? null;
  }

  #set(name: string, breaker: Breaker): void {
    this.#breakers.set(name, breaker);
    const down = breaker.state === "down" ? breaker : null;
    this.doors.queue.setDestination({
      name,
      uuid: null,
      state: breaker.state,
      code: down?.code ?? null,
      reason: down?.reason ?? null,
      since: down?.since ?? this.doors.clock.now().toISOString(),
      nextProbeAt: down?.nextProbeAt ?? null,
    });
    this.onChange(name, breaker);
  }
}
