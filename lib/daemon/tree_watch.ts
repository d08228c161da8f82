/**
 * Looks at the trees' claims now and then, so that what another labferry writes there is seen soon, and
 * ours stays young; what may be served again is gone on with at once.
 */
import { Rounds, type RoundsContext } from "../base/mod.ts";
import type { TreeClaims } from "./tree_claims.ts";

/** As long as two services can hold each other's tree for theirs. */
const LOOK_MS = 60_000;

export interface TreeWatchOptions extends RoundsContext {
  readonly trees: Pick<TreeClaims, "lookAll">;
  /** An equipment may be served again. */
  readonly onFreed: (equipmentId: string) => Promise<void>;
  /** @default {60_000} */
  readonly restMs?: number;
}

export class TreeWatch extends Rounds {
  constructor(options: TreeWatchOptions) {
    const { trees, onFreed, restMs = LOOK_MS } = options;
    super({
      ...options,
      name: "Watching who looks after the trees",
      round: async () => {
        for (const equipmentId of await trees.lookAll()) await onFreed(equipmentId);
      },
      restMs,
    });
  }
}
