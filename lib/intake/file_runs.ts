/**
 * The runs of one folder in which the instrument's software writes files: which group of files is which
 * run. A group gets its run when it is first seen: a folder of records in the state directory, named
 * once and for all (`rules.md` 25). Nothing is written among the instrument's files.
 */
import { join } from "node:path";
import { compareUtf8, LabferryError, utcSeconds } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { entriesOf, lstatOrNull, syncDirectory } from "../disk/mod.ts";
import type { Queue } from "../queue/mod.ts";
import {
  type FileGroup,
  type FileRun,
  groupNamer,
  KIND_NAMES,
  leafNames,
  readFileRun,
  RECORDS_DIR,
  writeFileRun,
} from "../records/mod.ts";
import { placingOf } from "./placing.ts";

/** `<state>/runs`: a tree in the lab's layout that holds the records of runs that are files. */
export function fileRunsRoot(stateDir: string): string {
  return join(stateDir, "runs");
}

export interface FileRunsOptions {
  readonly equipment: Equipment;
  /** The instrument's folder, without links. */
  readonly folder: string;
  readonly stateDir: string;
  readonly queue: Pick<Queue, "jobs">;
  readonly now: () => Date;
}

/** A name that comes back so often is no name any more. */
const MOST_OF_ONE_LEAF = 9_999;

export class FileRuns {
  readonly #options: FileRunsOptions;
  /** By group: the run that its files belong to now. */
  #runs: Map<string, string> | null = null;
  readonly #groups = new Map<string, FileGroup>();

  constructor(options: FileRunsOptions) {
    this.#options = options;
  }

  /** Runs of which there are files now; those that nobody can place by a path in the folder itself. */
  async list(): Promise<string[]> {
    const { folder } = this.#options;
    const known = this.#runs ??= await this.#load();
    const runs: string[] = [];
    for (const [key, name] of await this.#keys()) {
      const before = known.get(key);
      if (before !== undefined && !this.#isLetGo(before)) runs.push(before);
      else {
        const runPath = await this.#begin(key, name);
        if (runPath !== null) known.set(key, runPath);
        runs.push(runPath ?? this.#unplaced(key, join(folder, name)));
      }
    }
    return runs;
  }

  /** Null for a path that is none of these runs, and for one that was let go: its files are another's. */
  groupOf(runPath: string): FileGroup | null {
    return this.#isLetGo(runPath) ? null : this.#groups.get(runPath) ?? null;
  }

  /** The run of a file by its name; null for one that is no data, or was not listed yet. */
  runOf(name: string): string | null {
    const key = this.#namer()(name);
    const runPath = key === null ? null : this.#runs?.get(key) ?? null;
    return runPath === null || this.#isLetGo(runPath) ? null : runPath;
  }

  #namer(): (name: string) => string | null {
    return groupNamer(this.#rule());
  }

  #rule(): { readonly match: string; readonly group: string } {
    const run = this.#options.equipment.intake?.run;
    if (run?.kind !== "files") throw new Error("the equipment's runs are folders");
    return run;
  }

  /** Each group that has files now, with the first of their names. */
  async #keys(): Promise<[string, string][]> {
    const keyOf = this.#namer();
    const names = (await entriesOf(this.#options.folder)).filter(({ isFile }) => isFile)
      .map(({ name }) => name).sort(compareUtf8);
    const keys = new Map<string, string>();
    for (const name of names) {
      const key = keyOf(name);
      if (key !== null && !keys.has(key)) keys.set(key, name);
    }
    return [...keys];
  }

  /** What was let go and comes back under its name is another run: `blank.raw` is daily life. */
  #isLetGo(runPath: string): boolean {
    return this.#options.queue.jobs.byRun(runPath)?.state === "cleaned";
  }

  async #begin(key: string, name: string): Promise<string | null> {
    const { equipment, folder, stateDir, now } = this.#options;
    const placed = placingOf(name, equipment.intake!);
    if ("fault" in placed) return null;
    const firstSeenAt = now();
    const parent = join(
      fileRunsRoot(stateDir),
      equipment.id,
      placed.project,
      KIND_NAMES.experimental.folder,
    );
    const [minute] = leafNames("experimental", firstSeenAt);
    const runPath = await freeFolder(join(parent, `${minute}_${asLeaf(key)}`));
    await Deno.mkdir(join(runPath, RECORDS_DIR), { recursive: true });
    const run: FileRun = {
      ...this.#rule(),
      folder,
      key,
      firstSeenAt: utcSeconds(firstSeenAt),
    };
    await writeFileRun(runPath, run);
    await syncDirectory(runPath);
    await syncDirectory(parent);
    this.#groups.set(runPath, run);
    return runPath;
  }

  #unplaced(key: string, path: string): string {
    this.#groups.set(path, { ...this.#rule(), key });
    return path;
  }

  /** What was begun before; of several of one group the last is the one that goes on. */
  async #load(): Promise<Map<string, string>> {
    const { equipment, folder, stateDir } = this.#options;
    const found: (FileRun & { readonly runPath: string })[] = [];
    const home = join(fileRunsRoot(stateDir), equipment.id);
    for (const project of await namesIn(home)) {
      const parent = join(home, project, KIND_NAMES.experimental.folder);
      for (const leaf of await namesIn(parent)) {
        const runPath = join(parent, leaf);
        const run = await readFileRun(runPath);
        if (run?.folder === folder) found.push({ ...run, runPath });
      }
    }
    found.sort((a, b) =>
      compareUtf8(a.firstSeenAt, b.firstSeenAt) || compareUtf8(a.runPath, b.runPath)
    );
    for (const run of found) this.#groups.set(run.runPath, run);
    return new Map(found.map(({ key, runPath }) => [key, runPath]));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const info = await lstatOrNull(folder);
  if (!info?.isDirectory) return [];
  return (await entriesOf(folder)).filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
}

/** One that holds no run yet: what was killed before its record was written is taken up. */
async function freeFolder(wanted: string): Promise<string> {
  for (let n = 1; n <= MOST_OF_ONE_LEAF; n++) {
    const path = n === 1 ? wanted : `${wanted}-${n}`;
    if (await lstatOrNull(path) === null || await readFileRun(path) === null) return path;
  }
  throw new LabferryError("already_exists", `${wanted} is taken ${MOST_OF_ONE_LEAF} times`, {
    path: wanted,
    hint: "give the instrument's files names that differ",
  });
}

/** A group's key as a folder's name everywhere. */
function asLeaf(key: string): string {
  const safe = key.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^[._]+|[._]+$/g, "");
  return [...safe].slice(0, 80).join("") || "run";
}
