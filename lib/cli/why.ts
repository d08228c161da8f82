/** `labferry why RUN`: what stands between a run and where it goes next, in plain words. */
import { counted, formatBytes, LabferryError } from "../base/mod.ts";
import {
  type AcquiringView,
  adviceFor,
  ALARM_ADVICE,
  type Control,
  type CustodyView,
  inRuleWords,
  type InterlockView,
  lastCompared,
} from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { acquiringText, damagedNames, stageWords } from "./status.ts";
import { visible } from "./table.ts";

export async function why(
  context: CliContext,
  { run }: { readonly run: string },
): Promise<void> {
  await withControl(context, async (control) => {
    const view = await whyOrAcquiring(control, run);
    if (context.options.json) return context.printJson(view);
    context.print("job" in view ? whyText(view) : whyAcquiringText(view));
  });
}

/** A run that is not in the queue has been seen by the scanner, or by nobody. */
async function whyOrAcquiring(
  control: Pick<Control, "why" | "acquiring">,
  run: string,
): Promise<CustodyView | AcquiringView> {
  try {
    return await control.why(run);
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "unknown_run") throw error;
    return await control.acquiring(run);
  }
}

export function whyAcquiringText(run: AcquiringView): string {
  const size = `${counted(run.files, "file")}, ${formatBytes(run.bytes)}`;
  if (!run.existing) return `${visible(run.run_path)}: ${acquiringText(run)}`;
  return [
    `not looked after: ${visible(run.run_path)}`,
    "",
    `Its data (${size}) is neither sent nor proven: ${visible(run.waits_for)}.`,
    "  `labferry run complete DIR` takes it all the same; so does whatever is written in it.",
  ].join("\n");
}

export function whyText(view: CustodyView): string {
  const { job } = view;
  const lines = [`${stageWords(job)}: ${visible(job.run_path)}`, ""];
  if (job.state === "verified" || job.state === "cleanup_eligible") {
    lines.push(...custodyLines(view));
  } else lines.push(...waitingLines(view));
  return lines.join("\n");
}

const SIGNS = { holds: "✓", waits: "…", blocks: "✗" } as const;

function custodyLines(view: CustodyView): string[] {
  const { job } = view;
  const { files, bytes } = view.local;
  const copy = `the local copy (${counted(files, "file")}, ${formatBytes(bytes)})`;
  return [
    answerWords(view, copy),
    "",
    ...view.interlocks.map((one) =>
      `  ${SIGNS[one.stand]} ${visible(one.sentence)}${fromWords(one)}`
    ),
    "",
    `labferry has watched for ${view.observed_hours} h in all; ages and gaps count by that and by the clock.`,
    ...asOf(job),
    ...(view.next_pass_at
      ? [`The far copy is compared again on ${instant(view.next_pass_at)}.`]
      : []),
  ];
}

function asOf(job: CustodyView["job"]): string[] {
  const last = lastCompared(job);
  if (last === null) return [];
  if (last.isSafe) return [`Safe as of ${instant(last.at)}.`];
  return [
    `Compared at the staging area on ${instant(last.at)}; it is safe when the NAS has proven it.`,
  ];
}

function answerWords(view: CustodyView, copy: string): string {
  if (!view.enabled) {
    return `Here ${copy} stays: local copies are not deleted (nas_cleanup.enabled is false).`;
  }
  if (view.may_go) return `May go: ${copy} is deleted after one more look at both copies.`;
  if (view.deletable_from !== null) {
    return `Deletable from ${
      instant(view.deletable_from)
    }, if the looks until then agree: ${copy}.`;
  }
  return `Stays until somebody acts: ${copy}, because ${view.reason}.`;
}

function fromWords({ stand, from }: InterlockView): string {
  return stand === "waits" && from !== null ? ` (from ${instant(from)})` : "";
}

function waitingLines({ job, local }: CustodyView): string[] {
  if (job.hold !== null) {
    const lines = [`It is held: ${visible(inRuleWords(job.hold_reason ?? job.hold))}.`];
    if (job.hold === "gate") {
      return [...lines, "  `labferry audit RUN` names each, why it matters, and what to do."];
    }
    if (job.hold === "cancelled") return [...lines, "  `labferry retry RUN` takes it up again."];
    return job.hold_hint ? [...lines, `  ${visible(job.hold_hint)}`] : lines;
  }
  if (job.alarm !== null) {
    return [
      `Since ${instant(job.alarm.since)} its far copy is damaged: ${damagedNames(job)}.`,
      "Its local copy was let go.",
      ...(local.files > 0
        ? [`Of its files ${counted(local.files, "is", "are")} here (${formatBytes(local.bytes)}).`]
        : []),
      `  ${ALARM_ADVICE}`,
    ];
  }
  if (job.last_error !== null) {
    return [visible(job.last_error.message), `  ${visible(adviceFor(job.last_error))}`];
  }
  if (job.state === "cleaned") return cleanedLines(job);
  if (job.next_attempt_at) return [`It is tried again on ${instant(job.next_attempt_at)}.`];
  if (job.state !== "queued") return ["Nothing stands in its way."];
  return [
    "Nothing of its own stands in its way. It waits for a free place, or for the hours in which this",
    "computer sends (`bandwidth` and `yield` of the configuration).",
  ];
}

/** Safe is said as of when it was last seen. */
function cleanedLines({ verification, next_attempt_at }: CustodyView["job"]): string[] {
  const at = verification?.at;
  return [
    at
      ? `Its local copy is gone; its far copy was compared completely on ${instant(at)}.`
      : "Its local copy is gone; its far copy has not been compared since the queue was made anew.",
    ...(next_attempt_at ? [`It is compared again on ${instant(next_attempt_at)}.`] : []),
  ];
}

function instant(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
