/** `labferry retry RUN | --all`. */
import { counted, EXIT, LabferryError } from "../base/mod.ts";
import type { JobView, RetriedAll } from "../control/mod.ts";
import { type AcceptanceFlags, acceptanceOf } from "./acceptance.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { printJob } from "./drive.ts";
import { visible } from "./table.ts";

export async function retry(
  context: CliContext,
  { run, all, ...acceptance }: AcceptanceFlags & {
    readonly run?: string;
    readonly all?: boolean;
  },
): Promise<void> {
  if ((run === undefined) === (all !== true)) {
    throw new LabferryError("usage", "retry takes either a run or --all", {
      hint: "labferry retry RUN, or labferry retry --all",
    });
  }
  const acceptMissing = acceptanceOf(acceptance);
  if (acceptMissing && run === undefined) {
    throw new LabferryError("usage", "A loss is accepted run by run, not for --all", {
      hint: "labferry retry RUN --accept-missing --operator NAME --reason TEXT",
    });
  }
  await withControl(context, async (control) => {
    if (run !== undefined) {
      return printJob(context, await control.retry(run, acceptMissing ? { acceptMissing } : {}));
    }
    const retried = await control.retryAll();
    if (context.options.json) context.printJson(retried);
    else context.print(retriedText(retried));
    if (retried.skipped.length > 0) context.exitCode = EXIT.failed;
  });
}

function retriedText({ jobs, skipped }: RetriedAll): string {
  const still = jobs.filter(({ hold }) => hold !== null);
  const go = jobs.length - still.length;
  return [
    go === 1 ? "1 run is tried again." : `${go} runs are tried again.`,
    ...[...byReason(still)].map(([reason, count]) =>
      `${counted(count, "run")} still ${count === 1 ? "waits" : "wait"}: ${reason}`
    ),
    ...skippedLines(skipped),
  ].join("\n");
}

function byReason(jobs: readonly JobView[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { hold, hold_reason } of jobs) {
    const reason = hold_reason ?? hold ?? "";
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

function skippedLines(skipped: readonly JobView[]): string[] {
  if (skipped.length === 0) return [];
  return [
    `${
      counted(skipped.length, "run")
    } skipped: files are lost, and only a person can accept that, run by run:`,
    ...skipped.map(({ run_path, last_error }) =>
      `  ${visible(run_path)}: ${visible(last_error?.message ?? "")}`
    ),
    "  hint: put the files back, or: labferry retry RUN --accept-missing --operator NAME --reason TEXT",
  ];
}
