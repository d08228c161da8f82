/** Runs that changed as no instrument changes a run: each is read again only when it looks different. */
import type { Queue, SeenRow } from "../queue/mod.ts";

export interface RefusedChange {
  readonly why: string;
  /** The generation it was in; null when it has no job. */
  readonly generation: number | null;
}

export class RefusedChanges {
  readonly #jobs: Pick<Queue["jobs"], "byRun">;
  readonly #refused = new Map<string, RefusedChange & { readonly asItIs: string }>();

  constructor(jobs: Pick<Queue["jobs"], "byRun">) {
    this.#jobs = jobs;
  }

  /** Null for one that was not refused, or looks different since. */
  of(row: SeenRow): RefusedChange | null {
    const refused = this.#refused.get(row.runPath);
    return refused?.asItIs === this.asItIs(row) ? refused : null;
  }

  refuse(
    { runPath }: SeenRow,
    { asItIs, why }: { readonly asItIs: string; readonly why: string },
  ): void {
    this.#refused.set(runPath, { asItIs, why, generation: this.#generationOf(runPath) });
  }

  /** The data as it was seen, in the generation it belongs to. */
  asItIs({ runPath, fingerprint }: SeenRow): string {
    return `${this.#generationOf(runPath)} ${fingerprint}`;
  }

  #generationOf(runPath: string): number | null {
    return this.#jobs.byRun(runPath)?.generation ?? null;
  }
}
