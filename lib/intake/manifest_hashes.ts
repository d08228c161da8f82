/** Hashes that a manifest asks for: made beside the scans, kept for as long as the run looks the same. */
import { join } from "node:path";
import type { DiskPool } from "../disk/mod.ts";

interface Kept {
  readonly fingerprint: string;
  readonly hashes: Map<string, string>;
}

export interface ManifestHashesOptions {
  readonly pool: Pick<DiskPool, "hashFiles">;
  readonly signal: AbortSignal;
  /** They are there: look again. */
  readonly onDone: (runPath: string) => void;
  readonly onFault: (fault: unknown) => void;
}

export class ManifestHashes {
  readonly #options: ManifestHashesOptions;
  readonly #kept = new Map<string, Kept>();
  #work: Promise<void> | null = null;

  constructor(options: ManifestHashesOptions) {
    this.#options = options;
  }

  of(runPath: string, fingerprint: string): ReadonlyMap<string, string> {
    const kept = this.#kept.get(runPath);
    return kept?.fingerprint === fingerprint ? kept.hashes : new Map();
  }

  forget(runPath: string): void {
    this.#kept.delete(runPath);
  }

  /** Begins unless it is at another run; then it is asked again with the next look. */
  ask(
    runPath: string,
    wanted: { readonly paths: readonly string[]; readonly fingerprint: string },
  ): void {
    if (this.#work) return;
    this.#work = this.#hash(runPath, wanted)
      .catch((error) => {
        if (!this.#options.signal.aborted) this.#options.onFault(error);
      })
      .finally(() => {
        this.#work = null;
        this.#options.onDone(runPath);
      });
  }

  async settled(): Promise<void> {
    await this.#work;
  }

  async #hash(
    runPath: string,
    { paths, fingerprint }: { readonly paths: readonly string[]; readonly fingerprint: string },
  ): Promise<void> {
    const { pool, signal } = this.#options;
    const hashes = new Map<string, string>();
    const items = paths.map((name) => ({ path: join(runPath, name), name }));
    for await (const outcome of pool.hashFiles(items, { signal })) {
      if (!outcome.ok) throw outcome.error;
      hashes.set(outcome.item.name, outcome.value.sha256);
    }
    this.#kept.set(runPath, { fingerprint, hashes });
  }
}
