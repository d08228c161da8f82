/** The staging area as a place: which runs lie in it. */
import { isWithin } from "../base/mod.ts";
import { type Config, stagingRootOf } from "../config/mod.ts";
import { realPathOrNull } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";

export class StagingArea {
  /** As the configuration names it. */
  readonly root: string;
  #real: string;

  private constructor(root: string, real: string) {
    this.root = root;
    this.#real = real;
  }

  /** Null for a PC that collects for nobody. */
  static async of(config: Config): Promise<StagingArea | null> {
    const root = stagingRootOf(config);
    if (root === null) return null;
    return new StagingArea(root, await realPathOrNull(root) ?? root);
  }

  /** Jobs name their runs without links. */
  holds({ runPath }: Pick<Job, "runPath">): boolean {
    return isWithin(runPath, this.#real) || isWithin(runPath, this.root);
  }

  /** A root that is a link, and was not there at the start, is found out. */
  async refresh(): Promise<void> {
    this.#real = await realPathOrNull(this.root) ?? this.#real;
  }
}
