/** Why a run's local copy is still here, and from when on it may go: the interlocks, as `labferry why`. */
import { counted, formatBytes } from "../../../base/mod.ts";
import type { CustodyView, InterlockView, RunDetail } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { Name } from "../parts/name.tsx";
import { Panel } from "../parts/panel.tsx";
import { Time } from "../parts/time.tsx";

const SIGNS: Readonly<Record<InterlockView["stand"], string>> = {
  holds: "✓",
  waits: "…",
  blocks: "✗",
};
const SAID: Readonly<Record<InterlockView["stand"], string>> = {
  holds: "holds",
  waits: "waits",
  blocks: "stands in the way",
};

export interface RunCustodyProps {
  readonly detail: RunDetail;
  readonly now: Date;
}

export function RunCustody({ detail, now }: RunCustodyProps): Drawing | null {
  const { custody, isLooking } = detail;
  if (isLooking) {
    return (
      <Panel id="custody" title="Why is it still here?">
        <p class="card soft">Its files are being looked at. Load the page again in a moment.</p>
      </Panel>
    );
  }
  if (custody === null) return null;
  return (
    <Panel id="custody" title="Why is it still here?">
      <div class="card">
        <p>
          <Answer custody={custody} now={now} />
        </p>
        <ul class="interlocks">
          {custody.interlocks.map(({ name, stand, sentence, from }) => (
            <li data-key={`interlock-${name}`} data-stand={stand}>
              <span class="dot" aria-hidden="true">{SIGNS[stand]}</span>
              <span class="unseen">{SAID[stand]}:</span>
              <span>
                <Name text={sentence} />
                {stand === "waits" && from
                  ? (
                    <>
                      {" "}(from <Time at={from} now={now} />)
                    </>
                  )
                  : null}
              </span>
            </li>
          ))}
        </ul>
        <p class="soft">
          labferry has watched for {custody.observed_hours}{" "}
          h in all; ages and gaps count by that and by the clock.
          {custody.next_pass_at
            ? (
              <>
                {" "}The far copy is compared again at <Time at={custody.next_pass_at} now={now} />.
              </>
            )
            : null}
        </p>
      </div>
    </Panel>
  );
}

function Answer({ custody, now }: { readonly custody: CustodyView; readonly now: Date }) {
  const { enabled, may_go, deletable_from, reason, local } = custody;
  const copy = `the local copy (${counted(local.files, "file")}, ${formatBytes(local.bytes)})`;
  if (!enabled) return <>Local copies are not deleted on this PC: {copy} stays.</>;
  if (may_go) return <>May go: {copy} is deleted after one more look at both copies.</>;
  if (deletable_from) {
    return (
      <>
        Deletable from <Time at={deletable_from} now={now} />, if the looks until then agree:{" "}
        {copy}.
      </>
    );
  }
  return (
    <>
      Stays until somebody acts: {copy}, because <Name text={reason ?? ""} />.
    </>
  );
}
