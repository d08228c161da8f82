/**
 * The small queue of `ship`, one a destination. It only remembers what was done so that a crash can
 * be gone on from: a damaged one is put aside like the service's, and the far side is compared.
 */
import { join } from "node:path";
import { type Clock, derivedId, LabferryError } from "../base/mod.ts";
import type { StateDir } from "../daemon/mod.ts";
import { type FileLock, lockFile, tryLockFile } from "../disk/mod.ts";
import { Queue } from "../queue/mod.ts";
import { addressKey } from "../transports/mod.ts";

export interface ShipQueueOptions {
  readonly clock: Clock;
  /** Told a person: where a damaged queue went. */
  readonly onNotice: (sentence: string) => void;
}

/** Another ship that is just making its queue anew holds the lock for an instant. */
const TURN_WAIT_MS = 5_000;

/** Begins the names of what belongs to one destination; on Windows each spelling of a path finds it. */
export function shipFileOf(stateDir: StateDir, address: string): string {
  const key = Deno.build.os === "windows" ? addressKey(address) : address;
  return join(stateDir.shipDir, derivedId(key));
}

/**
 * Does `work` on the queue at `file`. Damage that is met at the opening or under way puts it aside
 * and begins once more: whatever was sent is over there, and is looked at again.
 *
 * @throws LabferryError `queue_damaged` while another ship has the damaged queue in use
 */
export async function withShipQueue<T>(
  file: string,
  options: ShipQueueOptions,
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  try {
    return await once(file, options, work);
  } catch (error) {
    if (!canBeMadeAnew(error)) throw error;
    makeAnew(file, error, options);
    return await once(file, options, work);
  }
}

async function once<T>(
  file: string,
  { clock }: ShipQueueOptions,
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  using _shared = await lockFile(lockOf(file), {
    mode: "shared",
    timeoutMs: TURN_WAIT_MS,
  });
  using queue = Queue.open(file, { clock });
  return await work(queue);
}

/** In this folder every database is of our making: one that looks like another's is damaged too. */
function canBeMadeAnew(error: unknown): error is LabferryError {
  return error instanceof LabferryError &&
    (error.code === "queue_damaged" || error.code === "queue_foreign");
}

function makeAnew(file: string, fault: LabferryError, options: ShipQueueOptions): void {
  using alone: FileLock | null = tryLockFile(lockOf(file), { mode: "exclusive" });
  if (alone === null) {
    throw new LabferryError("queue_damaged", "What ship remembers of this destination is damaged", {
      path: file,
      why: fault.message,
      hint: "wait for the other labferry that ships there to end, then run the same command again",
      cause: fault,
    });
  }
  // Another one may have made it anew while this one waited for its turn.
  if (isSound(file, options)) return;
  const aside = Queue.setAside(file, options);
  options.onNotice(
    `what ship remembered of this destination was damaged (${fault.message}); it was set aside as ` +
      `${aside}, and everything over there is compared again`,
  );
}

function isSound(file: string, { clock }: ShipQueueOptions): boolean {
  try {
    using queue = Queue.open(file, { clock });
    return queue.integrityFault() === null;
  } catch (error) {
    if (canBeMadeAnew(error)) return false;
    throw error;
  }
}

function lockOf(file: string): string {
  return `${file}.lock`;
}
