/**
 * Notices equipment whose first run arrives in the staging area while the service runs. One for which
 * there is no place is said once, and shown for as long as its folder holds runs.
 */
import { type FaultListener, Rounds } from "../base/mod.ts";
import type { Config, Equipment } from "../config/mod.ts";
import type { Problem } from "../gate/mod.ts";
import type { RootState } from "../intake/mod.ts";
import type { SyncContext } from "../sync/mod.ts";
import { lookForReceived, noPlaceWords, problemsOf, type Unplaced } from "./received_equipment.ts";

export interface ReceivedWatchOptions {
  /** Its `equipment` grows with what is met. */
  readonly config: Config;
  readonly context: Pick<SyncContext, "clock" | "log">;
  /** From now on the equipment is one of `config`. */
  readonly onMet: (equipment: Equipment) => void;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener | undefined;
}

export class ReceivedWatch extends Rounds {
  readonly #options: ReceivedWatchOptions;
  #unplaced = new Map<string, Unplaced & { readonly since: string }>();

  constructor(options: ReceivedWatchOptions) {
    const { config, context, onFault } = options;
    super({
      name: "Looking for received equipment",
      round: () => this.#look(),
      restMs: Math.max(1, config.sync.scanSeconds) * 1_000,
      log: context.log,
      onFault,
      clock: context.clock,
    });
    this.#options = options;
  }

  /** Received folders for which there is no place, as roots that are not as they should be. */
  get roots(): readonly RootState[] {
    return [...this.#unplaced.values()].map(({ equipmentId, path, why, since }) => ({
      equipmentId,
      path,
      fault: noPlaceWords(why),
      since,
    }));
  }

  /** The same, as an audit tells of what it could not judge. */
  get problems(): readonly Problem[] {
    return problemsOf(this.#unplaced.values());
  }

  async #look(): Promise<void> {
    const { config, context, onMet } = this.#options;
    const { met, unplaced } = await lookForReceived(config);
    for (const equipment of met) {
      context.log("info", "runs of an equipment that is not configured are received", {
        equipment: equipment.id,
        label: equipment.label,
      });
      onMet(equipment);
    }
    const since = context.clock.now().toISOString();
    const before = this.#unplaced;
    this.#unplaced = new Map(unplaced.map((one) => [one.equipmentId, {
      ...one,
      since: before.get(one.equipmentId)?.since ?? since,
    }]));
    for (const { equipmentId, path, why } of unplaced) {
      if (before.has(equipmentId)) continue;
      context.log("warn", `received runs have no place to go: ${why}`, { equipmentId, path });
    }
  }
}
