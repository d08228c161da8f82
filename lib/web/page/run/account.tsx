/** What became of far bytes and of files that are gone: nothing over there is ever replaced. */
import { counted } from "../../../base/mod.ts";
import { type JobView, lossOf, originWords } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { Facts } from "../parts/facts.tsx";
import { Name } from "../parts/name.tsx";
import { Panel } from "../parts/panel.tsx";

/** Names shown of a longer list; `labferry status RUN --json` has more. */
const MOST_NAMES = 5;

export function RunAccount({ job }: { readonly job: JobView }): Drawing | null {
  const { account, origin, extra = [], skipped = [], mismatched = [], missing = [] } =
    job.verification ??
      {};
  const { set_aside: aside, kept, left_out: leftOut, litter } = account ?? {};
  const loss = lossOf(leftOut);
  const facts = [
    ["What the instrument states of its files", origin ? originWords(origin) : null],
    ["Different over there", named(mismatched.length, mismatched)],
    ["Missing over there", named(missing.length, missing)],
    [
      "Set aside over there",
      aside && aside.count > 0
        ? (
          <>
            {named(aside.count, aside.names)}; now in <Name text={aside.into.join(", ")} />
          </>
        )
        : null,
    ],
    ["Kept there, no longer here", kept ? named(kept.count, kept.names) : null],
    [
      "Left out",
      leftOut
        ? (
          <>
            {named(leftOut.count, leftOut.names)}; accepted by <Name text={leftOut.operator} />:
            {" "}
            <Name text={leftOut.reason} />
          </>
        )
        : null,
    ],
    ["Lost", loss?.words ?? null],
    ["Lost, and missing over there", loss ? named(loss.missing.count, loss.missing.names) : null],
    [
      "Lost, and different over there, left as it is",
      loss ? named(loss.differing.count, loss.differing.names) : null,
    ],
    ["Not sent", named(skipped.length, skipped)],
    ["Also there, not of this run", named(extra.length, extra)],
    ["What a NAS makes by itself", litter ? named(litter.count, litter.names) : null],
  ] as const;
  if (facts.every(([, value]) => value === null)) return null;
  return (
    <Panel id="account" title="What else is over there">
      <Facts facts={facts} />
    </Panel>
  );
}

function named(count: number, names: readonly string[]) {
  if (count === 0) return null;
  return (
    <>
      {counted(count, "file")}: {names.slice(0, MOST_NAMES).map((name, i) => (
        <>
          {i > 0 ? ", " : ""}
          <Name text={name} code />
        </>
      ))}
      {count > MOST_NAMES ? ", …" : ""}
    </>
  );
}
