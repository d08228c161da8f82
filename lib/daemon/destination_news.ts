/** Tells once when a destination goes down, and once when it is back. */
import type { Breaker } from "../sync/mod.ts";
import type { Hooks } from "./hooks.ts";

export class DestinationNews {
  readonly #hooks: Pick<Hooks, "tell">;
  readonly #down = new Set<string>();

  constructor(hooks: Pick<Hooks, "tell">) {
    this.#hooks = hooks;
  }

  changed(name: string, breaker: Breaker): void {
    if (breaker.state === "down") {
      if (this.#down.has(name)) return;
      this.#down.add(name);
      const message = breaker.reason;
      this.#hooks.tell({ event: "on_destination_down", destination: name, message });
    } else if (!breaker.wasFull && this.#down.delete(name)) {
      const message = `${name} can be used again`;
      this.#hooks.tell({ event: "on_destination_up", destination: name, message });
    }
  }
}
