/** A whole tree of folders (a run's, or what a project has beside its runs), folder by folder. */
import { createHash } from "node:crypto";
import { MAX_DEPTH } from "../disk/mod.ts";
import { type Finding, findingAt } from "./finding.ts";
import { readFolder } from "./folder_reading.ts";
import type { EntryHit, FolderReading, TreeContext } from "./reading.ts";
import type { Problem } from "./look.ts";
import type { GateSettings } from "./settings.ts";

/** Readings by the folder's path below the tree, with `/`; `""` is the tree itself. */
export type FolderReadings = ReadonlyMap<string, FolderReading>;

export interface TreeOutcome {
  readonly folders: FolderReadings;
  readonly problems: readonly Problem[];
  /** Files and folders seen, the tree itself not counted. */
  readonly entries: number;
}

/**
 * Reads every folder of the tree at `path`. A folder that cannot be read is a problem of its own;
 * the others are read all the same. No link is followed, so the tree is finite; mounts that
 * contain themselves end at `MAX_DEPTH`.
 */
export async function* readTree(
  path: string,
  options: {
    readonly context: TreeContext;
    readonly earlier: FolderReadings | undefined;
    from?: string;
  },
): AsyncGenerator<void, TreeOutcome> {
  const { context, earlier, from = "" } = options;
  const folders = new Map<string, FolderReading>();
  const problems: Problem[] = [];
  const waiting = [{ below: from, depth: 0 }];
  let entries = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { below, depth } = next;
    const place = { path: below === "" ? path : `${path}/${below}`, below };
    if (depth > MAX_DEPTH) {
      problems.push({
        path: place.path,
        code: "too_deep",
        message: `folders are nested deeper than ${MAX_DEPTH}`,
      });
      continue;
    }
    const outcome = await readFolder(place, { context, earlier: earlier?.get(below) });
    problems.push(...outcome.problems);
    if (outcome.reading === null) continue;
    folders.set(below, outcome.reading);
    entries += outcome.reading.entries;
    for (const name of outcome.reading.folders) {
      waiting.push({ below: below === "" ? name : `${below}/${name}`, depth: depth + 1 });
    }
    yield;
  }
  return { folders, problems, entries };
}

/** The findings of a tree's readings, unmasked and in no order. */
export function findingsIn(
  folders: FolderReadings,
  about: { readonly runPath: string; readonly path: string },
): Finding[] {
  const findings: Finding[] = [];
  for (const [below, { hits, textHits }] of folders) {
    for (const list of [hits, textHits]) {
      for (const entry of list) findings.push(entryFinding(entry, { ...about, below }));
    }
  }
  return findings;
}

export function entryFinding(
  { name, kind, hit }: EntryHit,
  about: { readonly runPath: string; readonly path: string; readonly below: string },
): Finding {
  const { runPath, path, below } = about;
  const folder = below === "" ? path : `${path}/${below}`;
  return findingAt({ runPath, path: `${folder}/${name}`, kind }, hit);
}

/**
 * Names everything outside the disk that a reading depends on; another name, another reading. All
 * settings count, whichever a rule asks for. The rules themselves need no name: a cache does not
 * outlive the program.
 */
export function contextKey(
  settings: GateSettings,
  about: { readonly rendered: ReadonlySet<string>; readonly farBytes: number },
): string {
  const { rendered, farBytes } = about;
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
