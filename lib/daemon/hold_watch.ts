/**
 * Sees that the state directory is still ours. Deleted or replaced under a running service, its lock
 * and its queue live on without a name, and a second service could start beside this one.
 */
import { LabferryError } from "../base/mod.ts";
import type { FileLock } from "../disk/mod.ts";
import type { StateDir } from "./state_dir.ts";

const LOOK_MS = 5_000;

export class HoldWatch implements Disposable {
  readonly lost: Promise<LabferryError>;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(hold: FileLock, stateDir: StateDir, lookMs = LOOK_MS) {
    const { promise, resolve } = Promise.withResolvers<LabferryError>();
    this.lost = promise;
    this.#timer = setInterval(() => {
      if (!isHeld(hold)) resolve(stateDirLost(stateDir));
    }, lookMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** A directory that cannot even be looked at is not held: the queue in it cannot be trusted either. */
function isHeld(hold: FileLock): boolean {
  try {
    return hold.isStillNamed();
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
