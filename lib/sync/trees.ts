/** Whether this labferry looks after the tree an equipment's runs are in, or another one does. */
import type { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";

export interface Trees {
  /** Why this labferry does nothing at all there; null when it may work. */
  refusal(equipmentId: string): Promise<LabferryError | null>;
  /**
   * Why it deletes nothing of this run: besides a refusal, whatever keeps it from holding the tree
   * (`rules.md` 11: without holding it nobody deletes). Looked at now; null when it holds it, or when it
   * is only asked and could.
   */
  hold(
    job: Pick<Job, "equipmentId" | "runPath" | "dataDir">,
    options: { readonly isActing: boolean },
  ): Promise<string | null>;
}

/** For whoever serves no tree and deletes nothing: one folder that a person carries. */
export const NO_TREES: Trees = {
  refusal: () => Promise.resolve(null),
  hold: () => Promise.resolve("this labferry looks after no tree"),
};
