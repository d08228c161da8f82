/** `labferry history RUN`: the run's timeline in plain words. */
import { type EventView, eventWords } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl } from "./control.ts";
import { table } from "./table.ts";

export async function history(
  context: CliContext,
  { run }: { readonly run: string },
): Promise<void> {
  await askControl(context, async (control) => {
    const events = await control.history(run);
    if (context.options.json) return context.printJson({ events });
    context.print(
      table(
        ["WHEN", "WHAT", "DETAILS"],
        events.map((event) => [event.at, eventWords(event.kind), details(event)]),
      ),
    );
  });
}

function details({ detail, generation, kind }: EventView): string {
  const known = [
    "message",
    "hint",
    "reason",
    "code",
    "files",
    "matched",
    "mismatched",
    "missing",
    "strength",
    "outcome",
    "outcome_told_by",
    "expected_missing",
    "forbidden_there",
    "class",
    "operator",
    "expires_at",
    "by",
    "account",
    "host",
    "via",
    "hold",
    "count",
    "names",
    "into",
  ];
  const parts = known.flatMap((name) =>
    detail[name] === undefined || detail[name] === null ? [] : [`${name} ${shown(detail[name])}`]
  );
  return [...(kind === "sealed" ? [`generation ${generation}`] : []), ...parts].join(", ");
}

/** Names of a longer list that are shown; `--json` has all of them. */
const MOST_NAMES = 5;

/** Lists as their first names; a list with its count (`missing`) as both. */
function shown(value: unknown): string {
  if (Array.isArray(value)) {
    const names = value.slice(0, MOST_NAMES).map((name) => JSON.stringify(name)).join(" ");
    return value.length > MOST_NAMES ? `${names} …` : names;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const count = "count" in value ? String(value.count) : "";
  const names = "names" in value ? shown(value.names) : "";
  return [count, names === "" ? "" : `(${names})`].filter((part) => part !== "").join(" ");
}
