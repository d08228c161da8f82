/** What can be done with a run, where it stands now. */
import { counted } from "../../../base/mod.ts";
import type { RunDetail } from "../../../control/mod.ts";
import type { MissingFiles } from "../../../queue/mod.ts";
import type { Drawing } from "../drawing.ts";
import type { Asked } from "../page.ts";
import { ActionButton, PersonForm, REASON, SIGNATURE } from "../parts/action_form.tsx";
import { Name } from "../parts/name.tsx";

export interface RunActionsProps {
  readonly asked: Asked;
  readonly detail: RunDetail;
  readonly hasReport: boolean;
}

const MOVES = ["queued", "running", "awaiting_verify"];
const PROVEN = ["verified", "cleanup_eligible", "cleaned"];

export function RunActions({ asked, detail, hasReport }: RunActionsProps): Drawing | null {
  const { job: { state, hold, last_error, pinned, verify_passes, files }, lost } = detail;
  if (!asked.mayChange) return null;
  // Let go already: it is kept from when it is brought back.
  const keep = state === "cleaned" ? "Keep it once it is back" : "Keep the local copy";
  const button = (action: string, words: string, part = action) => (
    <ActionButton asked={asked} action={action} words={words} part={part} />
  );
  return (
    <div class="run-actions" data-key="actions" role="group" aria-label="What can be done">
      {state === "failed" || hold === "cancelled" || (last_error && MOVES.includes(state))
        ? button("retry", "Retry")
        : null}
      {MOVES.includes(state) && hold !== "cancelled" ? button("cancel", "Cancel") : null}
      {PROVEN.includes(state) ? button("verify", "Verify now") : null}
      {pinned ? button("unpin", "Let it go again", "pin") : button("pin", keep)}
      {lost && lost.count < files
        ? (
          <PersonForm
            asked={asked}
            action="accept-missing"
            opens="Go on without them …"
            sends="Go on without them"
            fields={[SIGNATURE, { ...REASON, label: "Why it may go on without them" }]}
            values={{ shown: lost.digest }}
            note="What is over there under their names is left as it is. Your name and reason stay with the run."
            above={<LostFiles lost={lost} />}
          />
        )
        : null}
      {verify_passes > 0
        ? (
          <PersonForm
            asked={asked}
            action="restore"
            opens="Bring back …"
            sends="Bring back"
            fields={[
              { name: "to", label: "To (empty: its own place)", kind: "line" },
              {
                name: "only",
                label: "Only these (patterns, one a line; empty: all)",
                kind: "long",
              },
            ]}
            note="Compared file by file, over nothing that is here; elsewhere only below restore.roots."
          />
        )
        : null}
      {hasReport
        ? (
          <PersonForm
            asked={asked}
            action="note"
            opens="Add a note …"
            sends="Add the note"
            fields={[SIGNATURE, { name: "text", label: "Note", kind: "long", required: true }]}
            note="Kept in the report's history, with your name."
          />
        )
        : null}
    </div>
  );
}

/** Exactly what is accepted: all names that the failure kept. */
function LostFiles({ lost }: { readonly lost: MissingFiles }): Drawing {
  const differs = new Set(lost.differing.names);
  const missing = lost.names.filter((name) => !differs.has(name));
  return (
    <>
      <NameList words="Gone here, and over there missing or not proven" names={missing} />
      <NameList words="Gone here, and different over there" names={lost.differing.names} />
      {lost.count > lost.names.length
        ? <p>And {counted(lost.count - lost.names.length, "file")} more.</p>
        : null}
    </>
  );
}

function NameList({ words, names }: { readonly words: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <>
      <p>{words}: {counted(names.length, "file")}</p>
      <ul class="lost">
        {names.map((name) => (
          <li>
            <Name text={name} code />
          </li>
        ))}
      </ul>
    </>
  );
}
