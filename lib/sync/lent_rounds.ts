/** What a service works with that looks after proven runs in rounds, at the place that is lent to it. */
import type { RoundsContext } from "../base/mod.ts";
import type { Destination, SyncContext } from "./destination.ts";
import type { Dispatcher } from "./dispatcher.ts";

export interface LentRounds extends RoundsContext {
  readonly context: SyncContext;
  /** By equipment id. */
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly dispatcher: Pick<Dispatcher, "lend" | "breakers">;
}
