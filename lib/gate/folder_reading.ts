/**
 * One folder, judged: its entries' names and kinds, and the contents of the texts in it. A reading
 * is a plain value that can be kept, written down and used again.
 *
 * What makes an earlier reading good again: names and kinds follow from the folder's entries, so
 * they hold while the folder itself is unchanged (times, device, number). Contents do **not** show
 * in the folder's times: every text that was looked at is looked up again, and read again when its
 * own stat differs. A file whose content nobody reads needs no look at all.
 */
import { compareUtf8 } from "../base/mod.ts";
import { errnoOf } from "../disk/mod.ts";
import { isProblem, list, look, type Problem } from "./look.ts";
import { hitsOf, nameHits, neighbourHits } from "./judgements.ts";
import type { SpecialKind } from "./rules/rule.ts";
import type {
  EntryHit,
  FolderOutcome,
  FolderPlace,
  FolderReading,
  TreeContext,
} from "./reading.ts";
import { readTexts, textKind } from "./text_reading.ts";
import { wasAtRest } from "./trust.ts";
import { utf8Length } from "./utf8_length.ts";

/** A listing is made anew at least this often, whatever the times say. */
const RELIST_AFTER_MS = 24 * 3600 * 1000;

/** Reads a folder, or takes over what `earlier` still tells of it. */
export async function readFolder(
  place: FolderPlace,
  options: { readonly context: TreeContext; readonly earlier: FolderReading | undefined },
): Promise<FolderOutcome> {
  const { context, earlier } = options;
  const stat = look(place.path);
  if (isProblem(stat)) return { reading: null, problems: [stat] };
  if (stat.kind !== "directory") return { reading: null, problems: [replaced(place.path)] };
  const key = context.telling.has(stat.dev) && wasAtRest(stat, context.lookedAtMs)
    ? `${stat.dev}:${stat.ino}:${stat.mtimeMs}:${stat.ctimeMs}`
    : null;
  const listed = key !== null && earlier?.key === key && isRecent(earlier, context)
    ? earlier
    : await listFolder(place, key, context);
  if (isProblem(listed)) return { reading: null, problems: [listed] };
  return readTexts(place, { reading: listed, earlier, context });
}

function replaced(path: string): Problem {
  return { path, code: "vanished", message: "it is no longer a folder" };
}

function isRecent(earlier: FolderReading, context: TreeContext): boolean {
  const ageMs = context.lookedAtMs - earlier.listedAtMs;
  return ageMs >= 0 && ageMs < RELIST_AFTER_MS;
}

async function listFolder(
  place: FolderPlace,
  key: string | null,
  context: TreeContext,
): Promise<FolderReading | Problem> {
  const all = await list(place.path);
  if (isProblem(all)) return all;
  const entries = place.below === "" ? all.filter((entry) => !context.skipAtTop(entry)) : all;
  const garbled = garbledNames(place.path, all);
  const hits: EntryHit[] = [];
  const folders: string[] = [];
  const texts: string[] = [];
  const folderBytes = context.farBytes + (place.below === "" ? 0 : utf8Length(place.below) + 1);
  const about = { folderBytes, settings: context.settings };
  for (const entry of entries) {
    const { name } = entry;
    const kind = entry.isDirectory ? "directory_segment" : "file_name";
    if (garbled.has(name)) {
      for (const hit of hitsOf("garbled", (judge) => judge(name))) hits.push({ name, kind, hit });
      continue;
    }
    for (const hit of nameHits(name, about)) hits.push({ name, kind, hit });
    if (entry.isDirectory) folders.push(name);
    else if (!entry.isFile) hits.push(...special(entry, place.path, context));
    else if (textKind(name, place.below, context) !== null) texts.push(name);
  }
  hits.push(...collisions(all, garbled));
  return {
    key,
    listedAtMs: context.lookedAtMs,
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

function collisions(entries: readonly Deno.DirEntry[], garbled: ReadonlySet<string>): EntryHit[] {
  const all = entries.map((entry) => entry.name);
  const names = garbled.size === 0 ? all : all.filter((name) => !garbled.has(name));
  const hits = neighbourHits(names);
  if (hits.size === 0) return [];
  const isFolder = new Set(entries.filter((entry) => entry.isDirectory).map(({ name }) => name));
  return [...hits].flatMap(([name, found]) => {
    const kind = isFolder.has(name) ? "directory_segment" : "file_name";
    return found.map((hit): EntryHit => ({ name, kind, hit }));
  });
}

/**
 * Names with bytes that are no UTF-8. The runtime shows those as U+FFFD and then finds no such
 * file; a name that really holds U+FFFD is found, unless a garbled one looks just like it.
 */
export function garbledNames(path: string, entries: readonly Deno.DirEntry[]): ReadonlySet<string> {
  const garbled = new Set<string>();
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (!name.includes("\uFFFD")) continue;
    const stat = look(`${path}/${name}`);
    if (seen.has(name) || (isProblem(stat) && stat.code === "vanished")) garbled.add(name);
    seen.add(name);
  }
  return garbled;
}

function special(entry: Deno.DirEntry, path: string, context: TreeContext): EntryHit[] {
  if (!context.insideRun) return [];
  const kind = entry.isSymlink ? "symlink" : specialKind(`${path}/${entry.name}`);
  const { name } = entry;
  return hitsOf("special", (judge) => judge({ name, kind }, context.settings))
    .map((hit) => ({ name, kind: "file_name", hit }));
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
