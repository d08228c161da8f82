/** `cancel`, `pause`, `resume`, `pin`, `unpin`: one question to the control each. */
import { type JobView, resumedWords } from "../control/mod.ts";
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
    if (context.options.json) return context.printJson({ paused: equipment });
    context.print(`${equipment === "*" ? "Everything" : equipment} is paused.`);
  });
}

export async function resume(
  context: CliContext,
  { equipment = "*" }: { readonly equipment?: string },
): Promise<void> {
  await withControl(context, async (control) => {
    await control.resume(equipment);
    if (context.options.json) return context.printJson({ resumed: equipment });
    const { paused } = await control.status();
    const [first] = paused;
    const isLeft = first !== undefined && (equipment === "*" || paused.includes("*"));
    const next = equipment === "*" ? `labferry resume --equipment ${first}` : "labferry resume";
    context.print(`${resumedWords(equipment, paused)}${isLeft ? `: \`${next}\`` : "."}`);
  });
}

export function printJob(context: CliContext, job: JobView): void {
  if (context.options.json) context.printJson(job);
  else context.print(`${stageWords(job)}${job.pinned ? ", pinned" : ""}: ${job.run_path}`);
}
