/**
 * Runs that lie on the share of a computer that cannot run labferry (`rules.md` 28). Nothing is written
 * there, and nothing below it is judged unless it is that share.
 */
export interface Sources {
  isPulled(equipmentId: string): boolean;
  /**
   * Why the share that holds `path` is not the one that it was; null when it is, and for equipment whose
   * runs lie on this computer.
   */
  faultOf(equipmentId: string, path: string): Promise<string | null>;
  /** Why nothing is deleted, or put back, there; null where it may be. */
  keeps(equipmentId: string, path: string): Promise<string | null>;
}

/** For whoever fetches from no share. */
export const NO_SOURCES: Sources = {
  isPulled: () => false,
  faultOf: () => Promise.resolve(null),
  keeps: () => Promise.resolve(null),
};
