/** The texts of one folder, looked up every time and read again only when their own stat differs. */
import { maxScanBytes, scanContent, textKindOf } from "./content.ts";
import type { Hit } from "./judgements.ts";
import type { TextKind, Tier } from "./rules/rule.ts";
import {
  type EntryHit,
  type FolderOutcome,
  type FolderPlace,
  type FolderReading,
  pathBelow,
} from "./reading.ts";
import { isProblem, isSameStat, type Problem, type Stat, statNumbers } from "./look.ts";
import type { Looks } from "./share_looks.ts";
import { wasAtRest } from "./trust.ts";
import type { TreeContext } from "./walk.ts";

interface TextFile {
  readonly name: string;
  /** The folder's path below the tree. */
  readonly below: string;
}

/** How the text is looked at; null when it is not. */
export function textKind(file: TextFile, context: TreeContext): TextKind | null {
  const { extensions } = context.walk;
  return textKindOf(file.name, { rendered: isRendered(file, context), extensions });
}

function isRendered({ name, below }: TextFile, { rendered }: TreeContext): boolean {
  return rendered.size > 0 && rendered.has(pathBelow(below, name));
}

/** The README of a run or project is always a template's work. */
function tierOf(file: TextFile, context: TreeContext): Tier {
  const isReadme = file.below === "" && file.name.toLowerCase() === "readme.md";
  return isReadme || isRendered(file, context) ? "hard" : "soft";
}

/** The size of a text whose stat is not to be trusted the next time: no file has it. */
const UNTRUSTED = -1;

/** Adds to a folder's reading what its texts say, taking over what `earlier` still knows of them. */
export async function judgeTexts(
  place: FolderPlace,
  options: { reading: FolderReading; earlier: FolderReading | undefined; context: TreeContext },
): Promise<FolderOutcome> {
  const { reading, earlier, context } = options;
  const { pace, now, shares } = context.walk;
  if (reading.texts.length === 0) return { reading, problems: [] };
  const asBefore = earlier === reading && await allAsBefore(place, options);
  if (typeof asBefore === "object") return { reading: null, problems: [asBefore] };
  if (asBefore) return { reading, problems: [] };
  const known = earlier && earlier.texts.length > 0 ? new KnownTexts(earlier, reading) : null;
  const stats = new Array<number>(reading.texts.length * 4).fill(UNTRUSTED);
  const textHits: EntryHit[] = [];
  const problems: Problem[] = [];
  const looks = shares.looksAt(place.path);
  for (const [index, name] of reading.texts.entries()) {
    if (pace.isDue) {
      await pace.step();
      const silent = await shares.silence(place.path);
      if (silent !== null) return { reading: null, problems: [silent] };
    }
    const path = `${place.path}/${name}`;
    const looked = looks.look(path);
    const stat = looked instanceof Promise ? await looked : looked;
    if (!isProblem(stat) && stat.kind !== "file") continue;
    const scanned = isProblem(stat) ? stat : known?.hitsIfSame(stat, { name, index }) ??
      scanText({ name, below: place.below }, { path, stat, looks, context });
    const found = scanned instanceof Promise ? await scanned : scanned;
    if (isProblem(found) || isProblem(stat)) {
      // Gone since it was listed: as if it had been gone then. The next listing will show it.
      if (isProblem(found) && found.code !== "vanished") problems.push(found);
      continue;
    }
    if (wasAtRest(stat, now.getTime())) stats.splice(index * 4, 4, ...statNumbers(stat));
    for (const hit of found) textHits.push({ name, kind: "file_content", hit });
  }
  return { reading: { ...reading, stats, textHits }, problems };
}

/** The usual case by far, and the one that has to be quick. */
async function allAsBefore(
  place: FolderPlace,
  { reading, context }: { reading: FolderReading; context: TreeContext },
): Promise<boolean | Problem> {
  const { pace, shares } = context.walk;
  const { texts, stats } = reading;
  const looks = shares.looksAt(place.path);
  for (let index = 0; index < texts.length; index++) {
    if (pace.isDue) {
      await pace.step();
      const silent = await shares.silence(place.path);
      if (silent !== null) return silent;
    }
    const same = looks.hasStat(`${place.path}/${texts[index]!}`, { stats, at: index * 4 });
    if (!(same instanceof Promise ? await same : same)) return false;
  }
  return true;
}

function scanText(
  file: TextFile,
  about: { path: string; stat: Stat; looks: Looks; context: TreeContext },
): readonly Hit[] | Promise<readonly Hit[] | Problem> | Problem {
  const { path, stat, looks, context } = about;
  const maxBytes = maxScanBytes(context.walk.settings);
  if (stat.sizeBytes === 0 || stat.sizeBytes > maxBytes) return [];
  const kind = textKind(file, context);
  if (kind === null) return [];
  const scan = (bytes: Uint8Array | Problem) =>
    bytes instanceof Uint8Array ? scanContent(bytes, { kind, tier: tierOf(file, context) }) : bytes;
  const read = looks.readSome(path, Math.min(maxBytes, stat.sizeBytes));
  return read instanceof Promise ? read.then(scan) : scan(read);
}

/** What an earlier reading knows of the texts in a folder. */
class KnownTexts {
  readonly #stats: readonly number[];
  readonly #indexes: ReadonlyMap<string, number> | null;
  readonly #hits = new Map<string, Hit[]>();

  constructor(earlier: FolderReading, reading: FolderReading) {
    this.#stats = earlier.stats;
    // The same list in the same order, as long as the folder is unchanged.
    this.#indexes = earlier.texts === reading.texts
      ? null
      : new Map(earlier.texts.map((name, index) => [name, index]));
    for (const { name, hit } of earlier.textHits) {
      const hits = this.#hits.get(name);
      if (hits) hits.push(hit);
      else this.#hits.set(name, [hit]);
    }
  }

  /** The hits found then, when the file is the one that was read then; else undefined. */
  hitsIfSame(stat: Stat, text: { name: string; index: number }): readonly Hit[] | undefined {
    const { name, index } = text;
    const at = (this.#indexes === null ? index : this.#indexes.get(name) ?? -1) * 4;
    if (at < 0 || !isSameStat(stat, this.#stats.slice(at, at + 4))) return undefined;
    return this.#hits.get(name) ?? [];
  }
}
