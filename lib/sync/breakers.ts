/** The breakers of all destinations, kept in the queue so that they are shown and outlive a restart. */
import { LabferryError } from "../base/mod.ts";
import { LONGEST_RETRY_WAIT_MS } from "../queue/mod.ts";
import { advance, type Breaker, UP } from "./breaker.ts";
import type { Failure } from "../jobs/mod.ts";
import type { Destination, SyncContext } from "./destination.ts";

export class Breakers {
  #breakers = new Map<string, Breaker>();
  /** Places whose state the queue does not have yet. */
  #owed = new Set<string>();

  constructor(
    private readonly destinations: ReadonlyMap<string, Destination>,
    private readonly context: Pick<SyncContext, "queue" | "clock" | "random" | "log"> & {
      readonly onChange: (name: string, breaker: Breaker) => void;
    },
  ) {
    for (const known of context.queue.destinations.list()) {
      const { name, state, code, reason, hint, since, nextProbeAt } = known;
      if (state === "up" || !destinations.has(name)) continue;
      this.#breakers.set(name, {
        state: "down",
        code: code ?? "unreachable",
        reason: reason ?? "",
        hint,
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

  failed(name: string, { code, message, hint }: Failure): void {
    const at = this.context.clock.now();
    this.#set(
      name,
      advance(this.of(name), {
        type: "failure",
        code,
        reason: message,
        hint: hint ?? null,
        at,
        random: this.context.random(),
      }),
    );
  }

  /** The first success is written down too: until then nobody knows how a destination is. */
  succeeded(name: string): void {
    if (this.#breakers.get(name)?.state !== "up") {
      this.#set(name, advance(this.of(name), { type: "success" }));
    }
  }

  /** A run went there: it has room, which no probe can tell. */
  written(name: string): void {
    const breaker = this.of(name);
    const after = advance(breaker, { type: "written" });
    if (after !== breaker) this.#set(name, after);
  }

  /** Places whose probe is due now; with `force` all that are down. */
  dueForProbe(force = false): string[] {
    const now = this.context.clock.now().toISOString();
    return [...this.#breakers].flatMap(([name, breaker]) =>
      breaker.state === "down" && (force || this.#probeAt(breaker.nextProbeAt) <= now) ? [name] : []
    );
  }

  /** Writes what could not be written when it changed. */
  writeOwed(): void {
    for (const name of [...this.#owed]) this.#write(name, this.of(name));
  }

  /** The earliest probe to come, ISO 8601; null when everything is up. */
  nextProbeAt(): string | null {
    const times = [...this.#breakers.values()].flatMap((breaker) =>
      breaker.state === "down" ? [this.#probeAt(breaker.nextProbeAt)] : []
    );
    return times.sort()[0] ?? null;
  }

  /** A probe that is further away than any wait was planned by a clock that has been put right. */
  #probeAt(planned: string): string {
    const now = this.context.clock.now();
    const furthest = new Date(now.getTime() + LONGEST_RETRY_WAIT_MS).toISOString();
    return planned > furthest ? now.toISOString() : planned;
  }

  #set(name: string, breaker: Breaker): void {
    this.#breakers.set(name, breaker);
    this.#write(name, breaker);
    this.context.onChange(name, breaker);
  }

  /**
   * What is decided here holds without the queue; a queue that cannot be written just now only shows
   * it late. Thrown from a probe, its error would end the service.
   */
  #write(name: string, breaker: Breaker): void {
    const down = breaker.state === "down" ? breaker : null;
    try {
      this.context.queue.destinations.set({
        name,
        uuid: null,
        state: breaker.state,
        code: down?.code ?? null,
        reason: down?.reason ?? null,
        hint: down?.hint ?? null,
        since: down?.since ?? this.context.clock.now().toISOString(),
        nextProbeAt: down?.nextProbeAt ?? null,
      });
      this.#owed.delete(name);
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
      this.#owed.add(name);
      this.context.log("error", `A destination's state is not written yet: ${error.message}`, {
        destination: name,
      });
    }
  }
}
