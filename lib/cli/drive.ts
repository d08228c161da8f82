/** `retry`, `cancel`, `pause`, `resume`, `pin`, `unpin`: one question to the control each. */
import { EXIT, LabferryError } from "../base/mod.ts";
import type { JobView, RetriedAll } from "../web/mod.ts";
import { type AcceptanceFlags, acceptanceOf } from "./acceptance.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { stateWords } from "./status.ts";

export async function retry(
  context: CliContext,
  run: string | undefined,
  flags: RetryFlags,
): Promise<void> {
  if ((run === undefined) === (flags.all !== true)) {
    throw new LabferryError("usage", "retry takes either a run or --all", {
      hint: "labferry retry RUN, or labferry retry --all",
    });
  }
  const acceptMissing = acceptanceOf(flags);
  if (acceptMissing && run === undefined) {
    throw new LabferryError("usage", "--accept-missing is for one run at a time", {
      why: "each loss is accepted by name",
      hint: "labferry retry RUN --accept-missing --operator NAME --reason TEXT",
    });
  }
  await withControl(context, async (control) => {
    if (run !== undefined) {
      return say(context, await control.retry(run, acceptMissing ? { acceptMissing } : {}));
    }
    sayRetried(context, await control.retryAll());
  });
}

interface RetryFlags extends AcceptanceFlags {
  readonly all?: boolean;
}

/** What was skipped is named, and is the command's failure: somebody has to look at each. */
function sayRetried(context: CliContext, { jobs, skipped }: RetriedAll): void {
  if (skipped.length > 0) context.exitCode = EXIT.failed;
  if (context.options.json) return context.printJson({ jobs, skipped });
  context.print(jobs.length === 1 ? "1 run goes again." : `${jobs.length} runs go again.`);
  if (skipped.length === 0) return;
  context.print(
    `${
      skipped.length === 1 ? "1 run was" : `${skipped.length} runs were`
    } left alone: files of it are lost, and only a person can let it go without them.`,
  );
  for (const { run_path } of skipped) context.print(`  ${run_path}`);
  context.print(
    "Put the files back, or: labferry retry RUN --accept-missing --operator NAME --reason TEXT",
  );
}

export async function cancel(context: CliContext, run: string): Promise<void> {
  await withControl(context, async (control) => say(context, await control.cancel(run)));
}

export async function pin(context: CliContext, run: string): Promise<void> {
  await withControl(context, async (control) => say(context, await control.pin(run, true)));
}

export async function unpin(context: CliContext, run: string): Promise<void> {
  await withControl(context, async (control) => say(context, await control.pin(run, false)));
}

export async function pause(
  context: CliContext,
  { equipment = "*" }: { readonly equipment?: string },
): Promise<void> {
  await withControl(context, async (control) => {
    await control.pause(equipment);
    sayScope(context, equipment, "paused");
  });
}

export async function resume(
  context: CliContext,
  { equipment = "*" }: { readonly equipment?: string },
): Promise<void> {
  await withControl(context, async (control) => {
    await control.resume(equipment);
    sayScope(context, equipment, "resumed");
  });
}

function say(context: CliContext, job: JobView): void {
  if (context.options.json) context.printJson(job);
  else context.print(`${stateWords(job)}${job.pinned ? ", pinned" : ""}: ${job.run_path}`);
}

function sayScope(context: CliContext, scope: string, what: "paused" | "resumed"): void {
  if (context.options.json) context.printJson({ [what]: scope });
  else context.print(`${scope === "*" ? "Everything" : scope} is ${what}.`);
}
