/**
 * The shares from which runs are fetched (`rules.md` 28): a share is known by its address in the table of
 * mounts, which is written down when it is first seen, and by an anchor that has to be on it. An empty
 * mount point, another share there, or one that hangs is the root's state: no run is judged by it.
 */
import type { Config, Equipment, PullSettings } from "../config/mod.ts";
import { LabferryError } from "../base/mod.ts";
import { errnoOf, realPathOrNull, statOrNull } from "../disk/mod.ts";
import { ANSWER_MS, mountedNow, nearestMount, ShareSilence } from "../process/mod.ts";
import type { Sources } from "../sync/mod.ts";
import { SeenShares } from "./seen_shares.ts";

export interface PullSourcesOptions {
  readonly config: Pick<Config, "equipment">;
  readonly shares: SeenShares;
  /** A share that gives no answer for so long is said to hang. @default 30 s */
  readonly answerMs?: number;
}

export class PullSources implements Sources {
  readonly #options: PullSourcesOptions;

  constructor(options: PullSourcesOptions) {
    this.#options = options;
  }

  isPulled(equipmentId: string): boolean {
    return this.#of(equipmentId) !== null;
  }

  async faultOf(equipmentId: string, path: string): Promise<string | null> {
    const pulled = this.#of(equipmentId);
    if (pulled === null) return null;
    const { localRoot, pull } = pulled;
    try {
      const silence = new ShareSilence(this.#options.answerMs ?? ANSWER_MS);
      if (await silence.at(localRoot)) return `${localRoot} does not answer`;
      return await this.#addressFault(equipmentId, { path, localRoot, pull }) ??
        await anchorFault(pull);
    } catch (error) {
      if (!(error instanceof LabferryError) && errnoOf(error) === null) throw error;
      return `${localRoot} cannot be looked at: ${wordsOf(error)}`;
    }
  }

  async keeps(equipmentId: string, path: string): Promise<string | null> {
    const pulled = this.#of(equipmentId);
    if (pulled === null) return null;
    if (!pulled.pull.mayDelete) {
      return "it lies on another computer's share, where nothing is deleted or written unless `pull_may_delete` is true";
    }
    const fault = await this.faultOf(equipmentId, path);
    if (fault !== null) return fault;
    const real = await realPathOrNull(path);
    const mounted = real === null ? null : mountedNow();
    const isReadOnly = mounted && nearestMount(real!, mounted)?.isReadOnly;
    return isReadOnly ? `the share of ${path} is mounted read-only` : null;
  }

  async #addressFault(
    equipmentId: string,
    { path, localRoot, pull }: Pick<Equipment, "localRoot"> & {
      readonly path: string;
      readonly pull: PullSettings;
    },
  ): Promise<string | null> {
    const root = await realPathOrNull(localRoot);
    if (root === null) return `${localRoot} is not there`;
    const address = addressOf(root);
    // Only the anchor says what is there.
    if (address.kind === "unknown") return null;
    if (address.kind === "own_disk") {
      return `nothing is mounted at ${localRoot}: what is there is a folder of this computer`;
    }
    const here = await realPathOrNull(path);
    const at = here === null ? null : addressOf(here);
    const isElsewhere = at?.kind === "own_disk" ||
      (at?.kind === "share" && at.text !== address.text);
    if (isElsewhere) {
      const place = at.kind === "share" ? `another share (${at.text})` : "this computer's own disk";
      return `${path} is on ${place}, and local_root on ${address.text}`;
    }
    const expected = pull.address ?? await this.#options.shares.addressOf(equipmentId);
    if (expected === null) {
      // Without its anchor it is no share to be remembered.
      const fault = await anchorFault(pull);
      if (fault === null) await this.#options.shares.remember(equipmentId, address.text);
      return fault;
    }
    if (address.text === expected || address.source === expected) return null;
    return `another share is mounted there: ${address.text}, not ${expected} (if it is the same one under a new address, say it with pull_address)`;
  }

  #of(
    equipmentId: string,
  ): (Pick<Equipment, "localRoot"> & { readonly pull: PullSettings }) | null {
    const equipment = this.#options.config.equipment.find(({ id }) => id === equipmentId);
    if (!equipment?.pull) return null;
    return { localRoot: equipment.localRoot, pull: equipment.pull };
  }
}

async function anchorFault({ anchor }: PullSettings): Promise<string | null> {
  if (await statOrNull(anchor)) return null;
  return `its anchor ${anchor} is not there: the share went away, or another one is in its place`;
}

type Address =
  | { readonly kind: "share"; readonly text: string; readonly source: string }
  /** Nothing is mounted there but the disk this computer runs from. */
  | { readonly kind: "own_disk" }
  /** The system has no table of mounts, and the path says nothing. */
  | { readonly kind: "unknown" };

function addressOf(realPath: string): Address {
  const unc = /^\\\\[^\\]+\\[^\\]+/.exec(realPath)?.[0];
  if (unc !== undefined) return { kind: "share", text: unc, source: unc };
  const mounted = mountedNow();
  if (mounted === null) return { kind: "unknown" };
  const mount = nearestMount(realPath, mounted);
  if (mount === null || mount.point === "/") return { kind: "own_disk" };
  const { source, root } = mount;
  return { kind: "share", text: root === "/" ? source : `${source}:${root}`, source };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
