/** What a run and a project have in common: a tree of folders, and what is known of it already. */
import { createHash } from "node:crypto";
import { MAX_DEPTH } from "../disk/mod.ts";
import { type Finding, findingsAt } from "./finding.ts";
import { judgeFolder } from "./judge_folder.ts";
import { creationIn } from "./judge_records.ts";
import type { Problem } from "./look.ts";
import {
  type FolderReading,
  type FolderReadings,
  pathBelow,
  type RecordsReading,
} from "./reading.ts";
import type { GateSettings } from "./settings.ts";
import { utf8Length } from "./utf8_length.ts";
import type { TreeContext, Walk } from "./walk.ts";

export interface JudgedFolders {
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
  /** Files and folders seen, the tree itself not counted. */
  readonly entries: number;
}

/** Judges the folders of the run or project at `path`, and keeps what was read of it. */
export async function judgeFolders(
  path: string,
  options: {
    readonly walk: Walk;
    readonly records: RecordsReading;
    /** The place's own path at the destination. */
    readonly farPath: string;
    readonly insideRun: boolean;
    readonly skipAtTop: TreeContext["skipAtTop"];
    readonly goApart?: TreeContext["goApart"];
    /** Judge only this folder (relative, with `/`). */
    readonly from?: string | undefined;
  },
): Promise<JudgedFolders> {
  const { walk, records, farPath, from = "", goApart = false, ...kind } = options;
  const creation = creationIn(records);
  const homes = [path, creation?.localPath ?? ""];
  const rendered = new Set(renderedBelow(creation?.renderedFiles ?? [], homes));
  const context: TreeContext = { ...kind, goApart, walk, rendered, farBytes: utf8Length(farPath) };
  const known = walk.cache.get(path);
  const key = contextKey(context);
  const earlier = known?.context === key ? known.folders : undefined;
  const { folders, problems } = await readFolders(path, { context, earlier, from });
  // A part of a run says nothing about the rest: what was known of that stays.
  if (from === "") walk.cache.set(path, { context: key, records, folders });
  let entries = 0;
  for (const folder of folders.values()) entries += folder.entries;
  return { findings: findingsIn(folders, path), problems, entries };
}

/**
 * Every folder of the tree at `path`. A folder that cannot be read is a problem of its own; the
 * others are read all the same. No link is followed, so the tree is finite; mounts that contain
 * themselves end at `MAX_DEPTH`.
 */
async function readFolders(
  path: string,
  options: { context: TreeContext; earlier: FolderReadings | undefined; from: string },
): Promise<{ folders: FolderReadings; problems: readonly Problem[] }> {
  const { context, earlier, from } = options;
  const folders = new Map<string, FolderReading>();
  const problems: Problem[] = [];
  const waiting = [{ below: from, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    await context.walk.pace.step();
    const { below, depth } = next;
    const place = { path: below === "" ? path : `${path}/${below}`, below };
    if (depth > MAX_DEPTH) {
      const message = `folders are nested deeper than ${MAX_DEPTH}`;
      problems.push({ path: place.path, code: "too_deep", message });
      continue;
    }
    const outcome = await judgeFolder(place, { context, earlier: earlier?.get(below) });
    for (const problem of outcome.problems) problems.push(problem);
    if (outcome.reading === null) continue;
    folders.set(below, outcome.reading);
    for (const name of outcome.reading.folders) {
      waiting.push({ below: pathBelow(below, name), depth: depth + 1 });
    }
  }
  return { folders, problems };
}

/** The findings of a tree's readings, unmasked and in no order. */
function findingsIn(folders: FolderReadings, path: string): Finding[] {
  const findings: Finding[] = [];
  for (const [below, { hits, textHits }] of folders) {
    for (const { name, kind, hit } of [...hits, ...textHits]) {
      const at = { runPath: path, path: `${path}/${pathBelow(below, name)}`, kind };
      findings.push(...findingsAt(at, [hit]));
    }
  }
  return findings;
}

/**
 * Files a template rendered, as paths below the run, whatever way the record writes them:
 * `./sub\metadata.txt`, `D:\lab\Run_x/sub\metadata.txt` and `/data/lab/…/Run_x/sub/metadata.txt` are
 * `sub/metadata.txt`. A backslash may also belong to a name, so both readings count: one too many is
 * a name that nothing has, one too few a hard finding that is lost. A path that leads elsewhere names
 * no file of this run and is left out.
 */
function renderedBelow(files: readonly string[], homes: readonly string[]): string[] {
  if (files.length === 0) return [];
  const roots = homes.map((home) => home.replaceAll("\\", "/").replace(/\/+$/, ""))
    .filter((home) => home !== "");
  return files.flatMap((file) => [file, file.replaceAll("\\", "/")]).flatMap((path) => {
    const root = roots.find((home) => isBelow(path, home));
    const relative = root === undefined ? path : path.slice(root.length + 1);
    const segments = relative.split("/").filter((segment) => segment !== "" && segment !== ".");
    const leadsElsewhere = segments.includes("..") || relative.startsWith("/");
    return leadsElsewhere || segments.length === 0 ? [] : [segments.join("/")];
  });
}

/** Windows does not tell `d:/LAB` from `D:/lab`. */
function isBelow(path: string, home: string): boolean {
  const folds = /^([a-z]:\/|\/\/)/i.test(home);
  const [inner, outer] = folds ? [path.toLowerCase(), home.toLowerCase()] : [path, home];
  return inner.startsWith(`${outer}/`);
}

/**
 * Names everything outside the disk that a reading depends on; another name, another reading. All
 * settings count, whichever a rule asks for. The rules themselves need no name: a cache does not
 * outlive the program.
 */
function contextKey({ walk: { settings }, rendered, farBytes }: TreeContext): string {
  let key = settingsKeys.get(settings);
  if (key === undefined) {
    key = digest(Object.entries(settings).sort(([a], [b]) => a < b ? -1 : 1));
    settingsKeys.set(settings, key);
  }
  return `${key}:${farBytes}:${rendered.size === 0 ? "" : digest([...rendered].sort())}`;
}

/** Asked for every run, and the settings are one object for all of them. */
const settingsKeys = new WeakMap<GateSettings, string>();

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);
}
