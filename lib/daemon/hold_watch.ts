/**
 * Sees that the state directory is still ours. Deleted or replaced under a running service, its lock
 * and its queue live on without a name, and a second service could start beside this one.
 */
import { LabferryError, type Rest, Rounds, type RoundsContext } from "../base/mod.ts";
import type { FileLock } from "../disk/mod.ts";
import type { StateDir } from "./state_dir.ts";

const LOOK_MS = 5_000;

export class HoldWatch extends Rounds {
  /** Resolves when it is not ours any more; nothing is looked at after that. */
  readonly lost: Promise<LabferryError>;

  constructor(held: Held, context: RoundsContext) {
    const { hold, stateDir, restMs = LOOK_MS } = held;
    const { promise, resolve } = Promise.withResolvers<LabferryError>();
    super({
      ...context,
      name: "Watching the state directory",
      round: async (): Promise<Rest> => {
        if (await isStillOurs(hold)) return;
        resolve(stateDirLost(stateDir));
        return "done";
      },
      restMs,
    });
    this.lost = promise;
  }
}

export interface Held {
  readonly hold: FileLock;
  readonly stateDir: StateDir;
  /** Rest between two looks. @default {5_000} */
  readonly restMs?: number;
}

/** A directory that cannot even be looked at is not held: the queue in it cannot be trusted either. */
async function isStillOurs(hold: FileLock): Promise<boolean> {
  try {
    return await hold.isStillNamed();
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function stateDirLost(stateDir: StateDir): LabferryError {
  return new LabferryError("state_dir_lost", "The state directory was deleted or replaced", {
    path: stateDir.path,
    why: "its lock file is another one now, gone, or cannot be looked at",
    hint: "start the service again; runs are found again from their records",
  });
}
