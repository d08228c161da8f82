/**
 * One folder, judged: its entries' names and kinds, and the contents of the texts in it.
 *
 * What makes an earlier reading good again: names and kinds follow from the folder's entries, so
 * they hold while the folder itself is unchanged (times, device, number). Contents do **not** show
 * in the folder's times: every text that was looked at is looked up again, and read again when its
 * own stat differs. A file whose content nobody reads needs no look at all.
 */
import { compareUtf8 } from "../base/mod.ts";
import { errnoOf } from "../disk/mod.ts";
import { type Hit, hitsOf, nameHits, neighbourHits } from "./judgements.ts";
import { judgeTexts, textKind } from "./judge_texts.ts";
import { isProblem, list, look, type Problem } from "./look.ts";
import type { EntryHit, FolderOutcome, FolderPlace, FolderReading } from "./reading.ts";
import type { SpecialKind } from "./rules/rule.ts";
import { entriesKey } from "./trust.ts";
import { utf8Length } from "./utf8_length.ts";
import type { TreeContext } from "./walk.ts";

/** A listing is made anew at least this often, whatever the times say. */
const RELIST_AFTER_MS = 24 * 3600 * 1000;

/** Reads and judges a folder, or takes over what is still known of it from `earlier`. */
export async function judgeFolder(
  place: FolderPlace,
  options: { readonly context: TreeContext; readonly earlier: FolderReading | undefined },
): Promise<FolderOutcome> {
  const { context, earlier } = options;
  const stat = look(place.path);
  if (isProblem(stat)) return { reading: null, problems: [stat] };
  if (stat.kind !== "directory") return { reading: null, problems: [noLongerFolder(place.path)] };
  const key = entriesKey(stat, context.walk);
  const listed = key !== null && earlier?.key === key && isRecent(earlier, context)
    ? earlier
    : await listFolder(place, { key, context });
  if (isProblem(listed)) return { reading: null, problems: [listed] };
  return await judgeTexts(place, { reading: listed, earlier, context });
}

function noLongerFolder(path: string): Problem {
  return { path, code: "vanished", message: "it is no longer a folder" };
}

function isRecent(earlier: FolderReading, { walk }: TreeContext): boolean {
  const ageMs = walk.now.getTime() - earlier.listedAtMs;
  return ageMs >= 0 && ageMs < RELIST_AFTER_MS;
}

async function listFolder(
  place: FolderPlace,
  options: { readonly key: string | null; readonly context: TreeContext },
): Promise<FolderReading | Problem> {
  const { key, context } = options;
  const { settings, pace, now } = context.walk;
  const all = await list(place.path);
  if (isProblem(all)) return all;
  const entries = place.below === "" ? all.filter((entry) => !context.skipAtTop(entry)) : all;
  const { garbled, beside } = judgeNeighbours(place.path, all);
  const hits: EntryHit[] = [];
  const folders: string[] = [];
  const texts: string[] = [];
  const folderBytes = context.farBytes + (place.below === "" ? 0 : utf8Length(place.below) + 1);
  for (const entry of entries) {
    if (pace.isDue) await pace.step();
    const { name } = entry;
    const add = (found: readonly Hit[]) => {
      for (const hit of found) hits.push({ name, kind: kindOf(entry), hit });
    };
    if (garbled.has(name)) {
      add(hitsOf("garbled", (judge) => judge(name)));
      continue;
    }
    add(nameHits(name, { folderBytes, settings }));
    if (entry.isDirectory) folders.push(name);
    else if (entry.isFile) {
      if (textKind({ name, below: place.below }, context) !== null) texts.push(name);
    } else if (context.insideRun) {
      const kind = entry.isSymlink ? "symlink" : specialKind(`${place.path}/${name}`);
      add(hitsOf("special", (judge) => judge({ name, kind }, settings)));
    }
  }
  for (const entry of beside.size === 0 ? [] : all) {
    const { name } = entry;
    for (const hit of beside.get(name) ?? []) hits.push({ name, kind: kindOf(entry), hit });
  }
  return {
    key,
    listedAtMs: now.getTime(),
    entries: entries.length,
    folders: folders.sort(compareUtf8),
    hits: hits.length === 0 ? NONE : hits,
    texts: texts.length === 0 ? NO_NAMES : texts.sort(compareUtf8),
    stats: [],
    textHits: NONE,
  };
}

/** Shared, because most folders of most trees have none. */
const NONE: readonly EntryHit[] = Object.freeze([]);
const NO_NAMES: readonly string[] = Object.freeze([]);

export function kindOf(entry: Deno.DirEntry): "directory_segment" | "file_name" {
  return entry.isDirectory ? "directory_segment" : "file_name";
}

export interface Neighbours {
  /** Names with bytes that are no UTF-8. */
  readonly garbled: ReadonlySet<string>;
  /** What only its neighbours show of a name. */
  readonly beside: ReadonlyMap<string, readonly Hit[]>;
}

/**
 * All entries of the folder at `path`, looked at together. The runtime shows a garbled name with
 * U+FFFD and then finds no such file; a name that really holds U+FFFD is found, unless a garbled one
 * looks just like it.
 */
export function judgeNeighbours(path: string, entries: readonly Deno.DirEntry[]): Neighbours {
  const garbled = new Set<string>();
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (!name.includes("\uFFFD")) continue;
    const stat = look(`${path}/${name}`);
    if (seen.has(name) || (isProblem(stat) && stat.code === "vanished")) garbled.add(name);
    seen.add(name);
  }
  const names = entries.map((entry) => entry.name).filter((name) => !garbled.has(name));
  return { garbled, beside: neighbourHits(names) };
}

function specialKind(path: string): SpecialKind {
  try {
    const info = Deno.lstatSync(path);
    if (info.isFifo) return "fifo";
    if (info.isSocket) return "socket";
    if (info.isBlockDevice) return "block device";
    return info.isCharDevice ? "character device" : "special file";
  } catch (error) {
    // Whatever it is, it is no file and no folder; that it cannot be examined changes nothing.
    if (errnoOf(error) === null) throw error;
    return "special file";
  }
}
