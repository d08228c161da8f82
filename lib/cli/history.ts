/** `labferry history RUN`: the run's timeline in plain words. */
import type { EventView } from "../web/mod.ts";
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
        events.map((event) => [event.at, words(event), details(event)]),
      ),
    );
  });
}

const WORDS: Readonly<Record<string, string>> = {
  enqueued: "taken into the queue",
  claimed: "work begins",
  sealed: "file list fixed",
  prepared: "destination made ready",
  adopted: "found data there and compared it",
  pushed: "all files sent",
  pass_ended: "comparison of every file ended",
  pass_counted: "every file was compared and is equal",
  verified: "safe: every file compared, and written down",
  resend: "files that differed are sent again",
  attempt_failed: "attempt failed, tried again later",
  destination_lost: "destination cannot be used",
  put_back: "put back",
  recovered: "found after a crash, put back",
  failed: "needs attention",
  retried: "asked to try again",
  held: "held",
  released: "hold ended",
  manifest_mended: "the far manifest was missing or altered, and is written again",
  manifest_not_flushed: "the far disk could not be asked to keep the far manifest",
  local_missing: "files that are safe over there are gone locally",
  missing_accepted: "a person lets the run go without lost files",
  setting_aside: "begins to set aside what is in the way",
  set_aside: "set aside over there",
  manifest_read: "the old far manifest was read",
  records_left_out: "records left out",
  override_added: "finding allowed to pass",
  override_revoked: "permission taken back",
  pinned: "local copy pinned",
  unpinned: "pin taken off",
};

function words(event: EventView): string {
  return WORDS[event.kind] ?? event.kind.replaceAll("_", " ");
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
    "class",
    "operator",
    "expires_at",
    "by",
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
