/** `cancel`, `pause`, `resume`, `pin`, `unpin`: one question to the control each. */
import type { JobView } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { stageWords } from "./status.ts";

interface ThisRun {
  readonly run: string;
}

export async function cancel(context: CliContext, { run }: ThisRun): Promise<void> {
  await withControl(context, async (control) => printJob(context, await control.cancel(run)));
}

export async function pin(context: CliContext, { run }: ThisRun): Promise<void> {
  await withControl(context, async (control) => printJob(context, await control.pin(run, true)));
}

export async function unpin(context: CliContext, { run }: ThisRun): Promise<void> {
  await withControl(context, async (control) => printJob(context, await control.pin(run, false)));
}

export async function pause(
  context: CliContext,
  { equipment = "*" }: { readonly equipment?: string },
): Promise<void> {
  await withControl(context, async (control) => {
    await control.pause(equipment);
    printScope(context, { paused: equipment });
  });
}

export async function resume(
  context: CliContext,
  { equipment = "*" }: { readonly equipment?: string },
): Promise<void> {
  await withControl(context, async (control) => {
    await control.resume(equipment);
    printScope(context, { resumed: equipment });
  });
}

export function printJob(context: CliContext, job: JobView): void {
  if (context.options.json) context.printJson(job);
  else context.print(`${stageWords(job)}${job.pinned ? ", pinned" : ""}: ${job.run_path}`);
}

function printScope(
  context: CliContext,
  done: { readonly paused: string } | { readonly resumed: string },
): void {
  if (context.options.json) return context.printJson(done);
  const [what, scope] = "paused" in done ? ["paused", done.paused] : ["resumed", done.resumed];
  context.print(`${scope === "*" ? "Everything" : scope} is ${what}.`);
}
