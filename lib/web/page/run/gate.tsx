/** What the gate says of a run: the names that hold it back and how to mend them, and who let what pass. */
import { explained, type RuleFindings, type RunFindings } from "../../../control/mod.ts";
import type { ListedOverride } from "../../../gate/mod.ts";
import type { Drawing } from "../drawing.ts";
import type { Asked } from "../page.ts";
import { PersonForm, REASON, SIGNATURE } from "../parts/action_form.tsx";
import { Name } from "../parts/name.tsx";
import { Panel } from "../parts/panel.tsx";
import { Time } from "../parts/time.tsx";

const KEPT = "Kept in the run's record, with your name.";

export interface RunGateProps {
  readonly asked: Asked;
  readonly findings: RunFindings;
}

export function RunGate({ asked, findings }: RunGateProps): Drawing | null {
  const { groups, unjudged, overrides } = findings;
  if (groups.length + unjudged.length + overrides.length === 0) return null;
  return (
    <Panel id="findings" title="Findings">
      <ul class="rows findings">
        {groups.map((group) => <Rule group={group} />)}
        {unjudged.map(({ place, message }) => (
          <li data-key={`unjudged-${place}`}>
            <p>
              <Name text={place} code /> could not be looked at: <Name text={message} />
            </p>
          </li>
        ))}
        {overrides.map((override) => <Override asked={asked} override={override} />)}
      </ul>
      {groups.length > 0
        ? (
          <PersonForm
            asked={asked}
            action="override"
            opens="Let it pass …"
            sends="Let it pass"
            fields={[
              {
                name: "class",
                label: "What",
                kind: "select",
                options: groups.map(({ rule, title }) => [rule, title] as const),
              },
              SIGNATURE,
              REASON,
              { name: "day", label: "Until the end of (optional)", kind: "date" },
            ]}
            note={KEPT}
          />
        )
        : null}
    </Panel>
  );
}

function Rule({ group }: { readonly group: RuleFindings }) {
  const { rule, title, fix, found, more } = group;
  return (
    <li data-key={`rule-${rule}`}>
      <div>
        <h3>{title}</h3>
        <ul class="names">
          {found.map(({ place, detail }) => (
            <li>
              <Name text={place} code /> <Name text={detail} />
            </li>
          ))}
          {more > 0 ? <li>and {more} more like it: labferry audit</li> : null}
        </ul>
        {fix === "" ? null : <p class="fix">{fix}</p>}
      </div>
    </li>
  );
}

/** `Ada lets “Two names …” pass until 31 Dec 2026: the instrument writes both` */
function Override(
  { asked, override }: { readonly asked: Asked; readonly override: ListedOverride },
) {
  const { id, state, operator, problem_class, reason, expires_at } = override;
  const title = problem_class ? explained(problem_class).title : "something";
  const who = <Name text={operator ?? "somebody"} />;
  const until = expires_at
    ? (
      <>
        {" until "}
        <Time at={expires_at} now={asked.now} />
      </>
    )
    : null;
  return (
    <li data-key={`override-${id}`} data-state={state}>
      <p>
        {state === "unusable"
          ? (
            <>
              What {who}{" "}
              wrote about “<Name text={title} />” cannot be understood and counts for nothing.
            </>
          )
          : state === "expired"
          ? (
            <>
              {who} let “<Name text={title} />” pass{until}; that time is over.
            </>
          )
          : (
            <>
              {who} lets “<Name text={title} />” pass{until}: <Name text={reason ?? ""} />
            </>
          )}
      </p>
      {state === "active"
        ? (
          <PersonForm
            asked={asked}
            action="revoke"
            opens="Revoke …"
            sends="Revoke"
            fields={[SIGNATURE, REASON]}
            note={KEPT}
            values={{ id }}
          />
        )
        : null}
    </li>
  );
}
