/**
 * What lies in the folders that are watched, and is no run by what the configuration says: most often a
 * preset, or a pattern, of another instrument. Nothing would be found, and nothing would say so.
 */
import { counted } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { entriesOf, lstatOrNull } from "../disk/mod.ts";
import { ShareSilence } from "../process/mod.ts";
import { groupNamer } from "../records/mod.ts";

const ANSWER_MS = 5_000;

/** A sentence for each folder in which no run is found; none for one that is empty. */
export async function watchedWarnings(
  { id, intake }: Pick<Equipment, "id" | "intake">,
): Promise<string[]> {
  if (intake === null) return [];
  const silence = new ShareSilence(ANSWER_MS);
  const warnings: string[] = [];
  for (const folder of intake.watch) {
    const why = await silence.within(folder, () => faultOf(folder, intake.run));
    const text = why === null ? `${folder} does not answer` : why.value;
    if (text !== null) warnings.push(`${id}: ${text}`);
  }
  return warnings;
}

type Rule = NonNullable<Equipment["intake"]>["run"];

async function faultOf(folder: string, rule: Rule): Promise<string | null> {
  if (!(await lstatOrNull(folder))) return `intake.watch ${folder} is not there: no run is found`;
  const entries = (await entriesOf(folder)).filter(({ name }) => !name.startsWith("."));
  const [files, folders] = [
    entries.filter(({ isFile }) => isFile),
    entries.filter(({ isDirectory }) => isDirectory),
  ];
  const there = [counted(files.length, "file"), counted(folders.length, "folder")].join(" and ");
  const learn = `\`labferry learn ${JSON.stringify(folder)}\` says what its runs are`;
  if (rule.kind === "folder") {
    return folders.length > 0 || files.length === 0
      ? null
      : `in ${folder} are ${there}, and its runs are to be folders: no run is found; ${learn}`;
  }
  const keyOf = groupNamer(rule);
  if (entries.length === 0 || files.some(({ name }) => keyOf(name) !== null)) return null;
  const match = JSON.stringify(rule.match);
  return `in ${folder} are ${there}, and no file is called as ${match}: no run is found; ${learn}`;
}
