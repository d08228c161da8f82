/**
 * One folder, judged: its entries' names and kinds, and the contents of the texts in it.
 *
 * What makes an earlier reading good again: names and kinds follow from the folder's entries, so
 * they hold while the folder itself is unchanged (times, device, number). Contents do **not** show
 * in the folder's times: every text that was looked at is looked up again, and read again when its
 * own stat differs. A file whose content nobody reads needs no look at all.
 */
import { compareUtf8, sortInTurns } from "../base/mod.ts";
import { type Hit, hitsOf, nameHits, neighbourHits, NeighbourSieve } from "./judgements.ts";
import { judgeTexts, textKind } from "./judge_texts.ts";
import { isProblem, type Problem } from "./look.ts";
import type { EntryHit, FolderOutcome, FolderPlace, FolderReading } from "./reading.ts";
import type { SpecialKind } from "./rules/rule.ts";
import type { Looks } from "./share_looks.ts";
import { entriesKey } from "./trust.ts";
import { utf8Length } from "./utf8_length.ts";
import type { Pace, TreeContext, Walk } from "./walk.ts";

/** A listing is made anew at least this often, whatever the times say. */
const RELIST_AFTER_MS = 24 * 3600 * 1000;

/** Reads and judges a folder, or takes over what is still known of it from `earlier`. */
export async function judgeFolder(
  place: FolderPlace,
  options: { readonly context: TreeContext; readonly earlier: FolderReading | undefined },
): Promise<FolderOutcome> {
  const { context, earlier } = options;
  const silent = await context.walk.shares.silence(place.path);
  if (silent !== null) return { reading: null, problems: [silent] };
  const looks = context.walk.shares.looksAt(place.path);
  const stat = await looks.look(place.path);
  if (isProblem(stat)) return { reading: null, problems: [stat] };
  if (stat.kind !== "directory") return { reading: null, problems: [noLongerFolder(place.path)] };
  const key = entriesKey(stat, context.walk);
  const listed = key !== null && earlier?.key === key && isRecent(earlier, context)
    ? earlier
    : await listFolder(place, { key, looks, context });
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
  options: {
    readonly key: string | null;
    readonly looks: Looks;
    readonly context: TreeContext;
  },
): Promise<FolderReading | Problem> {
  const { key, looks, context } = options;
  const { pace, now } = context.walk;
  const names = new FolderNames(place, context);
  const sieve = new NeighbourSieve();
  // Few folders have any, and whose bytes are no UTF-8 is known when all of them are.
  const doubtful: Deno.DirEntry[] = [];
  const judge = (entry: Deno.DirEntry) => {
    sieve.see(entry.name);
    names.judge(entry);
  };
  const problem = await looks.listEach(place.path, (entry) => {
    if (!names.isElsewhere(entry)) {
      if (entry.name.includes(REPLACEMENT)) doubtful.push(entry);
      else judge(entry);
    }
    if (pace.isDue) return pace.step();
  });
  if (problem !== null) return problem;
  const garbled = await garbledAmong(place.path, { doubtful, looks });
  for (const entry of doubtful) {
    if (garbled.has(entry.name)) names.judgeGarbled(entry);
    else judge(entry);
  }
  await names.judgeSpecials(looks);
  const missed = sieve.hasSuspects
    ? await judgeSuspects(place, { names, sieve, garbled, looks, pace })
    : null;
  if (missed !== null) return missed;
  const { entries, hits, folders, texts } = names;
  const order = { compare: compareUtf8, step: () => pace.step() };
  return {
    key,
    listedAtMs: now.getTime(),
    entries,
    folders: await sortInTurns(folders, order),
    hits: hits.length === 0 ? NONE : hits,
    texts: texts.length === 0 ? NO_NAMES : await sortInTurns(texts, order),
    stats: [],
    textHits: NONE,
  };
}

/** What the names of one folder amount to. */
class FolderNames {
  readonly hits: EntryHit[] = [];
  readonly folders: string[] = [];
  readonly texts: string[] = [];
  readonly #specials: Deno.DirEntry[] = [];
  entries = 0;
  readonly #place: FolderPlace;
  readonly #context: TreeContext;
  readonly #folderBytes: number;

  constructor(place: FolderPlace, context: TreeContext) {
    this.#place = place;
    this.#context = context;
    this.#folderBytes = context.farBytes + (place.below === "" ? 0 : utf8Length(place.below) + 1);
  }

  judge(entry: Deno.DirEntry): void {
    if (this.#isOthers(entry)) return;
    const { name } = entry;
    const { walk: { settings }, insideRun } = this.#context;
    this.entries++;
    this.add(entry, nameHits(name, { folderBytes: this.#folderBytes, settings }));
    if (entry.isDirectory) this.folders.push(name);
    else if (entry.isFile) {
      if (textKind({ name, below: this.#place.below }, this.#context) !== null) {
        this.texts.push(name);
      }
    } else if (insideRun) {
      if (entry.isSymlink) this.#addSpecial(entry, "symlink");
      else this.#specials.push(entry);
    }
  }

  /** What is neither file, folder nor link is few, and has to be looked at. */
  async judgeSpecials(looks: Looks): Promise<void> {
    for (const entry of this.#specials) {
      this.#addSpecial(entry, await looks.specialKind(`${this.#place.path}/${entry.name}`));
    }
  }

  #addSpecial(entry: Deno.DirEntry, kind: SpecialKind): void {
    const { name } = entry;
    const { settings } = this.#context.walk;
    this.add(entry, hitsOf("special", (judge) => judge({ name, kind }, settings)));
  }

  judgeGarbled(entry: Deno.DirEntry): void {
    if (this.#isOthers(entry)) return;
    this.entries++;
    this.add(entry, hitsOf("garbled", (judge) => judge(entry.name)));
  }

  add(entry: Deno.DirEntry, found: readonly Hit[]): void {
    for (const hit of found) this.hits.push({ name: entry.name, kind: kindOf(entry), hit });
  }

  /** Another run's: beside this one's files here, and not over there. */
  isElsewhere(entry: Deno.DirEntry): boolean {
    return this.#context.goApart && this.#isOthers(entry);
  }

  #isOthers(entry: Deno.DirEntry): boolean {
    return this.#place.below === "" && this.#context.skipAtTop(entry);
  }
}

/** Names that may be one name on the NAS are few: they are listed once more, and held. */
async function judgeSuspects(
  place: FolderPlace,
  { names, sieve, garbled, looks, pace }: {
    readonly names: FolderNames;
    readonly sieve: NeighbourSieve;
    readonly garbled: ReadonlySet<string>;
    readonly looks: Looks;
    readonly pace: Pace;
  },
): Promise<Problem | null> {
  const suspects: Deno.DirEntry[] = [];
  const problem = await looks.listEach(place.path, (entry) => {
    const isJudged = !names.isElsewhere(entry) && !garbled.has(entry.name);
    if (isJudged && sieve.suspects(entry.name)) suspects.push(entry);
    if (pace.isDue) return pace.step();
  });
  const hits = neighbourHits(suspects.map(({ name }) => name));
  for (const entry of suspects) names.add(entry, hits.get(entry.name) ?? []);
  return problem;
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
export async function judgeNeighbours(
  path: string,
  { entries, walk }: { readonly entries: readonly Deno.DirEntry[]; readonly walk: Walk },
): Promise<Neighbours> {
  const doubtful = entries.filter(({ name }) => name.includes(REPLACEMENT));
  const looks = walk.shares.looksAt(path);
  const garbled = await garbledAmong(path, { doubtful, looks });
  const names = entries.map((entry) => entry.name).filter((name) => !garbled.has(name));
  return { garbled, beside: neighbourHits(names) };
}

/** What the runtime shows in place of bytes that are no UTF-8. */
const REPLACEMENT = "\uFFFD";

async function garbledAmong(
  path: string,
  { doubtful, looks }: { readonly doubtful: readonly Deno.DirEntry[]; readonly looks: Looks },
): Promise<Set<string>> {
  const garbled = new Set<string>();
  const seen = new Set<string>();
  for (const { name } of doubtful) {
    const stat = await looks.look(`${path}/${name}`);
    if (seen.has(name) || (isProblem(stat) && stat.code === "vanished")) garbled.add(name);
    seen.add(name);
  }
  return garbled;
}
