/** The one cheap question to a destination that is down: does it answer, and is it the right one? */
import { isAbort, LabferryError } from "../base/mod.ts";
import type { Breakers } from "./breakers.ts";
import type { Destination, SyncContext } from "./destination.ts";
import { failureFrom } from "./failure_message.ts";
import { connectTo } from "./far_connection.ts";

export interface ProbesOptions {
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly context: SyncContext;
  /** Told what the destination answered. */
  readonly breakers: Breakers;
  readonly signal: AbortSignal;
}

export class Probes {
  readonly #options: ProbesOptions;
  readonly #asking = new Map<string, Promise<void>>();

  constructor(options: ProbesOptions) {
    this.#options = options;
  }

  /** Asks by the destination's name; whoever asks meanwhile gets the same answer. */
  ask(name: string): Promise<void> {
    const asking = this.#asking.get(name);
    if (asking) return asking;
    const answer = this.#ask(name).finally(() => this.#asking.delete(name));
    this.#asking.set(name, answer);
    return answer;
  }

  /** Destinations that are being asked. */
  get names(): string[] {
    return [...this.#asking.keys()];
  }

  /** When every question that is under way has its answer. */
  async ended(): Promise<void> {
    await Promise.all([...this.#asking.values()]);
  }

  async #ask(name: string): Promise<void> {
    const { destinations, context, breakers, signal } = this.#options;
    const destination = [...destinations.values()].find((one) => one.name === name);
    if (!destination) return;
    try {
      await using far = await connectTo(destination, { id: "probe" }, { context, signal });
      await far.confirm();
      breakers.succeeded(name);
    } catch (error) {
      if (isAbort(error)) return;
      const failure = failureFrom(error);
      const code = error instanceof LabferryError ? failure.code : "unreachable";
      breakers.failed(name, { ...failure, code });
    }
  }
}
