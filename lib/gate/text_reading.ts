/** The texts of one folder, looked up every time and read again only when their own stat differs. */
import { maxScanBytes, scanContent, textKindOf } from "./content.ts";
import type { Hit } from "./judgements.ts";
import type { TextKind, Tier } from "./rules/rule.ts";
import type {
  EntryHit,
  FolderOutcome,
  FolderPlace,
  FolderReading,
  TreeContext,
} from "./reading.ts";
import { hasStat, isProblem, look, type Problem, readSome, type Stat } from "./look.ts";
import { wasAtRest } from "./trust.ts";

export function textKind(name: string, below: string, context: TreeContext): TextKind | null {
  return textKindOf(name, {
    rendered: isRendered(name, below, context),
    extensions: context.extensions,
  });
}

function isRendered(name: string, below: string, context: TreeContext): boolean {
  return context.rendered.size > 0 &&
    context.rendered.has(below === "" ? name : `${below}/${name}`);
}

/** The README of a run or project is always a template's work. */
function tierOf(name: string, below: string, context: TreeContext): Tier {
  const isReadme = below === "" && name.toLowerCase() === "readme.md";
  return isReadme || isRendered(name, below, context) ? "hard" : "soft";
}

/** The size of a text whose stat is not to be trusted the next time: no file has it. */
const UNTRUSTED = -1;

/** Adds to a folder's reading what its texts say, taking over what `earlier` still knows of them. */
export function readTexts(
  place: FolderPlace,
  options: { reading: FolderReading; earlier: FolderReading | undefined; context: TreeContext },
): FolderOutcome {
  const { reading, earlier, context } = options;
  if (reading.texts.length === 0) return { reading, problems: [] };
  if (earlier === reading && allAsBefore(place, earlier)) return { reading: earlier, problems: [] };
  const known = earlier && earlier.texts.length > 0 ? new KnownTexts(earlier, reading) : null;
  const stats = new Array<number>(reading.texts.length * 4).fill(UNTRUSTED);
  const hits: EntryHit[] = [];
  const problems: Problem[] = [];
  reading.texts.forEach((name, index) => {
    const path = `${place.path}/${name}`;
    const stat = look(path);
    if (isProblem(stat)) return void problems.push(stat);
    if (stat.kind !== "file") return;
    const found = known?.hitsIfSame(name, index, stat) ??
      scanText(path, { name, below: place.below, stat, context });
    if ("code" in found) return void problems.push(found);
    if (wasAtRest(stat, context.lookedAtMs)) writeStat(stats, index, stat);
    for (const { hit } of found) hits.push({ name, kind: "file_content", hit });
  });
  return {
    reading: { ...reading, stats, textHits: hits },
    // Gone since it was listed: as if it had been gone then. The next listing will tell.
    problems: problems.filter((problem) => problem.code !== "vanished"),
  };
}

/** The usual case by far, and the one that has to be quick. */
function allAsBefore(place: FolderPlace, { texts, stats }: FolderReading): boolean {
  return texts.every((name, index) => hasStat(`${place.path}/${name}`, stats, index * 4));
}

function writeStat(stats: number[], index: number, stat: Stat): void {
  const at = index * 4;
  stats[at] = stat.sizeBytes;
  stats[at + 1] = stat.mtimeMs;
  stats[at + 2] = stat.ctimeMs;
  stats[at + 3] = stat.ino;
}

function scanText(
  path: string,
  file: { name: string; below: string; stat: Stat; context: TreeContext },
): { hit: Hit }[] | Problem {
  const { name, below, stat, context } = file;
  const maxBytes = maxScanBytes(context.settings);
  if (stat.sizeBytes === 0 || stat.sizeBytes > maxBytes) return [];
  const kind = textKind(name, below, context);
  if (kind === null) return [];
  const bytes = readSome(path, Math.min(maxBytes, stat.sizeBytes));
  if (!(bytes instanceof Uint8Array)) return bytes;
  return scanContent(bytes, { kind, tier: tierOf(name, below, context) }).map((hit) => ({ hit }));
}

/** What an earlier reading knows of the texts in a folder. */
class KnownTexts {
  readonly #earlier: FolderReading;
  readonly #indexes: ReadonlyMap<string, number> | null;
  readonly #hits = new Map<string, { hit: Hit }[]>();

  constructor(earlier: FolderReading, reading: FolderReading) {
    this.#earlier = earlier;
    // The same list in the same order, as long as the folder is unchanged.
    this.#indexes = earlier.texts === reading.texts
      ? null
      : new Map(earlier.texts.map((name, index) => [name, index]));
    for (const { name, hit } of earlier.textHits) {
      const hits = this.#hits.get(name);
      if (hits) hits.push({ hit });
      else this.#hits.set(name, [{ hit }]);
    }
  }

  /** The hits found then, when the file is the one that was read then; else undefined. */
  hitsIfSame(name: string, index: number, stat: Stat): { hit: Hit }[] | undefined {
    const at = (this.#indexes === null ? index : this.#indexes.get(name) ?? -1) * 4;
    const { stats } = this.#earlier;
    if (at < 0 || stats[at] !== stat.sizeBytes || stats[at + 1] !== stat.mtimeMs) return undefined;
    if (stats[at + 2] !== stat.ctimeMs || stats[at + 3] !== stat.ino) return undefined;
    return this.#hits.get(name) ?? [];
  }
}
