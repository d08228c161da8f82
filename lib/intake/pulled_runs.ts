/**
 * Runs that are folders on another computer's share (`rules.md` 28): nothing is written there, so that
 * each has its records in the state directory, in a folder that is named when it is first seen.
 */
import { basename } from "node:path";
import type { Equipment } from "../config/mod.ts";
import { findRunAddress, type RunKind } from "../records/mod.ts";
import { placingOf } from "./placing.ts";
import { beginRecordFolder, recordFoldersOf } from "./record_folders.ts";

export interface PulledRunsOptions {
  readonly equipment: Equipment;
  /** They lie as in the lab's layout: their place says what they are, not their name. */
  readonly isLayout: boolean;
  readonly stateDir: string;
  readonly now: () => Date;
}

type Place = {
  readonly project: string;
  readonly kind: RunKind;
  readonly leaf: string | null;
  readonly operator: string | null;
} | { readonly fault: string };

export class PulledRuns {
  readonly #options: PulledRunsOptions;
  /** By the data's folder: the run that it is now. */
  #runs: Map<string, string> | null = null;
  /** Two that ask at once wait for one reading: a second one would forget what is begun meanwhile. */
  #loading: Promise<Map<string, string>> | null = null;
  /** And back. */
  readonly #folders = new Map<string, string>();

  constructor(options: PulledRunsOptions) {
    this.#options = options;
  }

  /** The run of each folder; one that nobody can place by the folder itself. */
  async of(folders: readonly string[]): Promise<string[]> {
    const known = this.#runs ?? await (this.#loading ??= this.#load());
    const runs: string[] = [];
    for (const folder of folders) {
      runs.push(known.get(folder) ?? await this.#begin(folder) ?? folder);
    }
    return runs;
  }

  /** Null for a path that is none of these runs. */
  folderOf(runPath: string): string | null {
    return this.#folders.get(runPath) ?? null;
  }

  placeOf(folder: string): Place {
    const { equipment, isLayout } = this.#options;
    if (!isLayout) {
      const placed = placingOf(basename(folder), equipment.intake!);
      return "fault" in placed ? placed : { ...placed, kind: "experimental", leaf: null };
    }
    const address = findRunAddress(folder);
    if (address === null) return { fault: "its place in the tree does not say what it is" };
    const { project, kind } = address;
    return { project, kind, leaf: basename(folder), operator: null };
  }

  async #begin(folder: string): Promise<string | null> {
    const { equipment, stateDir, now } = this.#options;
    const place = this.placeOf(folder);
    if ("fault" in place) return null;
    const { project, kind, leaf } = place;
    const runPath = await beginRecordFolder({
      stateDir,
      equipmentId: equipment.id,
      project,
      kind,
      leaf,
      name: basename(folder),
      folder,
      members: null,
      now: now(),
    });
    this.#know(runPath, folder);
    return runPath;
  }

  /** Known only when all of them are: of half of them the others would be begun, and sent, once more. */
  async #load(): Promise<Map<string, string>> {
    const { equipment, stateDir } = this.#options;
    try {
      const found = await recordFoldersOf(equipment.id, { stateDir });
      const runs = this.#runs = new Map();
      for (const { runPath, folder, members } of found) {
        if (members === null) this.#know(runPath, folder);
      }
      return runs;
    } finally {
      this.#loading = null;
    }
  }

  #know(runPath: string, folder: string): void {
    this.#folders.set(runPath, folder);
    this.#runs?.set(folder, runPath);
  }
}
