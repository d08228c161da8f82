/**
 * Which runs a watched folder held when it was listed for the first time. What comes later this labferry
 * saw appear, so it is new whatever its times say: the clock of an instrument's PC may be years behind
 * (`rules.md` 26). Until one listing was whole everything counts as there before, and then its times say
 * whether it is looked after.
 *
 * The first listing is made anew where another one saw other things: another disk in a place that held no
 * run yet (the empty mount point of a share that came a day later), another rule of what a run is.
 */
import * as z from "zod";
import type { IntakeSettings } from "../config/mod.ts";
import type { Queue } from "../queue/mod.ts";

export interface FirstListingOptions {
  readonly equipmentId: string;
  /** As the configuration names the folder. */
  readonly path: string;
  readonly intake: Pick<IntakeSettings, "run" | "project">;
  readonly meta: Pick<Queue["meta"], "get" | "set">;
}

const keptSchema = z.object({ dev: z.string().nullable(), rule: z.string(), isWhole: z.boolean() });
type Kept = z.infer<typeof keptSchema>;

export class FirstListing {
  readonly #options: FirstListingOptions;
  readonly #rule: string;
  #kept: Kept | null;

  constructor(options: FirstListingOptions) {
    this.#options = options;
    const { intake: { run, project }, meta } = options;
    this.#rule = JSON.stringify([run, project]);
    const text = meta.get(this.#key);
    this.#kept = text === null ? null : keptSchema.parse(JSON.parse(text));
  }

  /** A listing begins, of the folder on this device. */
  begin(
    { dev, knowsRuns }: { readonly dev: string | null; readonly knowsRuns: boolean },
  ): void {
    const kept = this.#kept;
    // An older labferry has listed it, and knows runs of it.
    if (kept === null) return this.#keep({ dev, isWhole: knowsRuns });
    const isAnother = kept.rule !== this.#rule || (!knowsRuns && kept.dev !== dev);
    if (isAnother) this.#keep({ dev, isWhole: false });
  }

  /** It came to its end, and could read all there is. */
  end(): void {
    if (this.#kept?.isWhole === false) this.#keep({ dev: this.#kept.dev, isWhole: true });
  }

  /** True when whatever is met from now on was not there before. */
  get isOver(): boolean {
    return this.#kept?.isWhole ?? false;
  }

  #keep(kept: Omit<Kept, "rule">): void {
    this.#kept = { ...kept, rule: this.#rule };
    this.#options.meta.set(this.#key, JSON.stringify(this.#kept));
  }

  get #key(): string {
    const { equipmentId, path } = this.#options;
    return `first_listing:${equipmentId}:${path}`;
  }
}
