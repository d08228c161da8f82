/** Fixing a run's list of files. */
import type { Connection } from "./connection.ts";
import { type ListedSeal, sealFromManifest } from "./seal_decide.ts";
import { SealRound } from "./seal_round.ts";
import { forgetSealRounds } from "./seal_staging.ts";
import type { Job } from "./types.ts";

export class Seals {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Begins a walk; dispose of the round when it ends without a commit. */
  begin(jobId: string): Promise<SealRound> {
    return SealRound.begin(this.#connection, jobId);
  }

  /** Rebuild only: seals a cleaned run by its manifest, with nothing on the local disk. */
  fromManifest(jobId: string, listed: ListedSeal): Job {
    return sealFromManifest(this.#connection, jobId, listed);
  }

  /** At start: half-made seals of a process that is gone. */
  forgetRounds(): void {
    forgetSealRounds(this.#connection);
  }
}
