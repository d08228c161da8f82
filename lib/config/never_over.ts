/**
 * Ends of runs that cannot come: the name that is waited for is one that another key of the same
 * equipment leaves out or forbids. Each such run would wait for a file that lies there before everybody's
 * eyes. Only names without a wildcard are judged: of a pattern it cannot be said what it will meet.
 */
import { nameMatcher, namePattern } from "../base/name_pattern.ts";
import type { Equipment } from "./config.ts";

/** Folder of the records, whose files are no data of a run. */
const RECORDS = ".exlab-wizard/";
const WILDCARD = /[*?[\]{}!()+@]/;

/** One line for each name that is waited for in vain. */
export function endsThatCannotCome(equipment: Equipment): string[] {
  const lines: string[] = [];
  for (const name of awaitedNames(equipment)) {
    const why = whyNever(name, equipment);
    if (why === null) continue;
    lines.push(`${equipment.id}: no run is over until ${name} is there, but ${why}`);
  }
  return lines;
}

/** Paths below the run that have to be there, each for itself. */
function awaitedNames({ completeness }: Equipment): string[] {
  switch (completeness.signal) {
    case "sentinel_file":
      return [...completeness.filenames];
    case "manifest":
      return [completeness.filename];
    case "done": {
      const { all, notEmpty, json, xml, text } = completeness.done;
      const files = [json, xml, text].flatMap((rule) => rule?.file ?? []);
      return [...new Set([...all, ...notEmpty, ...files])].filter((one) => !WILDCARD.test(one));
    }
    default:
      return [];
  }
}

function whyNever(name: string, { completeness, rules, intake }: Equipment): string | null {
  const meets = (pattern: string) => nameMatcher([pattern])(name);
  const forbidden = rules.forbid.find(meets);
  if (forbidden !== undefined) {
    return `forbid ${JSON.stringify(forbidden)} says that none is over while it is`;
  }
  // `done` looks at all names, those that stay behind too.
  const ignored = completeness.signal === "done" ? undefined : rules.ignore.find(meets);
  if (ignored !== undefined) {
    return `ignore ${JSON.stringify(ignored)} leaves it out: wait for it with done, or ignore less`;
  }
  if (name.toLowerCase().startsWith(RECORDS)) return "what lies there is no data of a run";
  const run = intake?.run;
  if (run?.kind !== "files" || run.beside !== undefined) return null;
  return namePattern(run.match, "anywhere").matches(name)
    ? null
    : `of runs that are files only what match ${JSON.stringify(run.match)} says is looked at`;
}
