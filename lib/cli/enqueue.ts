/** `labferry enqueue RUN [--wait]`. */
import { type Clock, errorAsKept, EXIT, LabferryError, systemClock } from "../base/mod.ts";
import { startDaemon } from "../daemon/mod.ts";
import type { Control, JobView } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { blockingFindings, blockingLines } from "./blocking.ts";
import { withControl } from "./control.ts";
import { configOf, stateDirOf } from "./settings.ts";
import { jobText } from "./status.ts";

export async function enqueue(
  context: CliContext,
  { run, wait }: { readonly run: string; readonly wait?: boolean },
): Promise<void> {
  await withControl(context, async (control, opened) => {
    const { job } = await control.enqueue(run);
    if (!wait) {
      if (job.hold === "gate") return await reportHeld(context, { control, job });
      return report(context, job);
    }
    if (opened.daemon) {
      return report(context, settled(await untilSettled(control, job.id, context)));
    }
    opened[Symbol.dispose]();
    report(context, settled(await asTheService(context, job.id)));
  });
}

/** Without a daemon somebody has to do the work: this command is the service until the run is settled. */
async function asTheService(context: CliContext, jobId: string): Promise<JobView> {
  const { config } = await configOf({ ...context, note: () => {} });
  await using daemon = await startDaemon({
    config: { ...config, status: { ...config.status, port: 0 } },
    stateDir: await stateDirOf(context),
  });
  return await untilSettled(daemon.control, jobId, context);
}

const ASK_AGAIN_MS = 200;

/** Waits until the run is proven, needs attention, or is held by one; Ctrl-C ends the waiting. */
export async function untilSettled(
  control: Control,
  jobId: string,
  { signal, clock = systemClock }: { readonly signal: AbortSignal; readonly clock?: Clock },
): Promise<JobView> {
  while (true) {
    const job = await control.job(jobId);
    const held = job.hold === "gate" || job.hold === "cancelled" || job.hold === "destination";
    if (held || job.state === "verified" || job.state === "failed" || job.state === "cleaned") {
      return job;
    }
    await clock.sleep(ASK_AGAIN_MS, signal);
  }
}

const STAYS = "the run stays in the queue; `labferry status RUN` says when it is tried again";

/** What the waiting was for: a proven run. Anything else is an error with its own exit code. */
function settled(job: JobView): JobView {
  if (job.state === "verified" || job.state === "cleaned") return job;
  if (job.hold === "gate") {
    throw new LabferryError("gate_blocked", "The run is held by the gate", {
      path: job.run_path,
      why: job.hold_reason ?? "findings",
    });
  }
  if (job.hold === "cancelled") {
    throw new LabferryError("cancelled", "The run was cancelled", { path: job.run_path });
  }
  const { code, message, hint = job.hold_hint ?? STAYS } = job.last_error ??
    {
      code: "unreachable",
      message: job.hold_reason ?? "The destination is not available",
      hint: undefined,
    };
  throw errorAsKept({ code, message, hint }, { path: job.run_path });
}

function report(context: CliContext, job: JobView): void {
  if (context.options.json) context.printJson(job);
  else context.print(jobText(job));
}

/** A run that the gate holds: exit code 3, and the names to mend. */
export async function reportHeld(
  context: CliContext,
  { control, job }: { readonly control: Control; readonly job: JobView },
): Promise<void> {
  context.exitCode = EXIT.gate;
  const findings = await blockingFindings(control, job.id);
  if (context.options.json) return context.printJson({ ...job, ...findings });
  context.print(jobText(job, blockingLines(job, findings)));
}
