/**
 * The runs of one folder in which the instrument's software writes files: which group of files is which
 * run. A group gets its run when it is first seen: a folder of records in the state directory, named
 * once and for all (`rules.md` 25). Nothing is written among the instrument's files.
 */
import { join } from "node:path";
import { compareUtf8, turn } from "../base/mod.ts";
import { nameMatcher } from "../base/name_pattern.ts";
import type { Equipment } from "../config/mod.ts";
import { entriesOf, lstatOrNull, mtimeMsOf } from "../disk/mod.ts";
import type { Queue } from "../queue/mod.ts";
import { type FileGroup, type FileGrouping, folderNamer, groupNamer } from "../records/mod.ts";
import { placingOf } from "./placing.ts";
import { beginRecordFolder, recordFoldersOf } from "./record_folders.ts";

export interface FileRunsOptions {
  readonly equipment: Equipment;
  /** The instrument's folder, without links. */
  readonly folder: string;
  readonly stateDir: string;
  readonly queue: Pick<Queue, "jobs" | "files">;
  readonly now: () => Date;
}

/** By rule, then by group: its runs, the one that goes on last. */
type RunsByRule = Map<
  string,
  { readonly rule: FileGrouping; readonly runs: Map<string, string[]> }
>;

/** Files between two turns of the others. */
const PER_TURN = 500;

export class FileRuns {
  readonly #options: FileRunsOptions;
  readonly #isIgnored: (name: string) => boolean;
  #runs: RunsByRule | null = null;
  /** By run that was let go: files of it that are here again, as a person has them brought back. */
  #back = new Map<string, Set<string>>();
  readonly #groups = new Map<string, FileGroup>();
  readonly #faults = new Map<string, string>();

  constructor(options: FileRunsOptions) {
    this.#options = options;
    this.#isIgnored = nameMatcher(options.equipment.rules.ignore);
  }

  /** Runs of which there are files now; those that nobody can place by a path in the folder itself. */
  async list(): Promise<string[]> {
    const { folder } = this.#options;
    this.#runs ??= await this.#load();
    this.#faults.clear();
    const names = await this.#names();
    await this.#seeBack(names);
    const owned = new Map(names.map((name) => [name, this.runOf(name)]));
    const runs = new Set([...owned.values()].filter((runPath) => runPath !== null));
    const fresh = Map.groupBy(names, this.#namer());
    for (const [key, all] of fresh) {
      // What stays behind for ever begins nothing: it would be a run without a file once its run is let go.
      const [name] = all.filter((one) => owned.get(one) === null && !this.#isIgnored(one));
      if (key === null || name === undefined) continue;
      const others = all.flatMap((one) => owned.get(one) ?? []);
      const fault = others.length > 0
        ? `its group has files of a run that was begun by another rule, ${others[0]}`
        : null;
      const runPath = fault === null ? await this.#begin(key, name) : null;
      const unplaced = join(folder, name);
      if (fault !== null) this.#faults.set(unplaced, fault);
      runs.add(runPath ?? this.#unplaced(key, unplaced));
    }
    return [...runs];
  }

  /** Why no run was begun for a file, by its path; null when nothing stands in its way. */
  faultOf(path: string): string | null {
    return this.#faults.get(path) ?? null;
  }

  /** Null for a path that is none of these runs, and for one that was let go: its files are another's. */
  groupOf(runPath: string): FileGroup | null {
    const isGone = this.#isLetGo(runPath) && !this.#back.has(runPath);
    return isGone ? null : this.#groups.get(runPath) ?? null;
  }

  /**
   * The run of a file by its name; null for one that is no data, or was not listed yet. Each run keeps
   * the rule it was begun by, whatever the configuration says now.
   */
  runOf(name: string): string | null {
    for (const { rule, runs } of this.#runs?.values() ?? []) {
      const key = namerOf(rule)(name) ?? folderNamer(rule)(name);
      const all = key === null ? [] : runs.get(key) ?? [];
      const runPath = all.find((one) => this.#back.get(one)?.has(name)) ??
        all.findLast((one) => !this.#isLetGo(one));
      if (runPath !== undefined) return runPath;
    }
    return null;
  }

  /**
   * A file that was let go and has its name, size and time again was brought back: it is no new run. What an
   * instrument writes under that name has another time. Only the runs of names that are here are asked for,
   * however many were let go.
   */
  async #seeBack(names: readonly string[]): Promise<void> {
    const { queue, equipment } = this.#options;
    const back = new Map<string, Set<string>>();
    const any = { states: ["cleaned"], equipmentId: equipment.id, limit: 1 } as const;
    const runsByRule = queue.jobs.list(any).length === 0 ? [] : this.#runs?.values() ?? [];
    for (const { rule, runs } of runsByRule) {
      for (const [at, name] of names.entries()) {
        if (at % PER_TURN === 0) await turn();
        const key = namerOf(rule)(name);
        for (const runPath of (key === null ? [] : runs.get(key) ?? [])) {
          if (!await this.#isBack(runPath, name)) continue;
          back.set(runPath, (back.get(runPath) ?? new Set()).add(name));
        }
      }
    }
    this.#back = back;
  }

  async #isBack(runPath: string, name: string): Promise<boolean> {
    const { folder, queue } = this.#options;
    const job = queue.jobs.byRun(runPath);
    const known = job?.state === "cleaned" ? queue.files(job.id).get(name) : null;
    const info = known && await lstatOrNull(join(folder, name));
    if (!known || !info?.isFile || info.size !== known.sizeBytes) return false;
    return mtimeMsOf(info) === known.mtimeMs;
  }

  #namer(): (name: string) => string | null {
    return namerOf(this.#rule());
  }

  #rule(): FileGrouping {
    const run = this.#options.equipment.intake?.run;
    if (run?.kind !== "files") throw new Error("the equipment's runs are folders");
    return groupingOf(run);
  }

  /** All files of the folder, in their order. */
  async #names(): Promise<string[]> {
    return (await entriesOf(this.#options.folder)).filter(({ isFile }) => isFile)
      .map(({ name }) => name).sort(compareUtf8);
  }

  /** What was let go and comes back under its name is another run: `blank.raw` is daily life. */
  #isLetGo(runPath: string): boolean {
    return this.#options.queue.jobs.byRun(runPath)?.state === "cleaned";
  }

  async #begin(key: string, name: string): Promise<string | null> {
    const { equipment, folder, stateDir, now } = this.#options;
    const placed = placingOf(name, equipment.intake!);
    if ("fault" in placed) return null;
    const members = { ...this.#rule(), key };
    const runPath = await beginRecordFolder({
      stateDir,
      equipmentId: equipment.id,
      project: placed.project,
      kind: "experimental",
      leaf: null,
      name: key,
      folder,
      members,
      now: now(),
    });
    this.#know(runPath, members);
    return runPath;
  }

  #unplaced(key: string, path: string): string {
    this.#groups.set(path, { ...this.#rule(), key });
    return path;
  }

  /** What was begun before; of several of one group the last is the one that goes on. */
  async #load(): Promise<RunsByRule> {
    const { equipment, folder, stateDir } = this.#options;
    const found = await recordFoldersOf(equipment.id, { stateDir });
    this.#runs = new Map();
    for (const { runPath, members, folder: dataDir } of found) {
      if (dataDir === folder && members !== null) this.#know(runPath, members);
    }
    return this.#runs;
  }

  #know(runPath: string, members: FileGroup): void {
    const { key, ...rule } = members;
    this.#groups.set(runPath, members);
    const runs = this.#runs ??= new Map();
    const ruleKey = keyOfRule(rule);
    const ofRule = runs.get(ruleKey) ?? { rule, runs: new Map() };
    ofRule.runs.set(key, [...ofRule.runs.get(key) ?? [], runPath]);
    runs.set(ruleKey, ofRule);
  }
}

/** A rule has one function, whoever asks and however often. */
const namers = new Map<string, (name: string) => string | null>();

function keyOfRule({ match, group, beside = "" }: FileGrouping): string {
  return `${match}\0${group}\0${beside}`;
}

function groupingOf({ match, group, beside }: FileGrouping): FileGrouping {
  return { match, group, ...(beside === undefined ? {} : { beside }) };
}

function namerOf(rule: FileGrouping): (name: string) => string | null {
  const ruleKey = keyOfRule(rule);
  const namer = namers.get(ruleKey) ?? groupNamer(rule);
  namers.set(ruleKey, namer);
  return namer;
}
