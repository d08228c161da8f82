/** `labferry staging list | sync RUN | clear RUN… | clear --verified`: an orchestrator's staging area. */
import { counted, formatBytes, LabferryError } from "../base/mod.ts";
import type { CleanedView, StagedView } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl, withControl } from "./control.ts";
import { printJob } from "./drive.ts";
import { stageWords } from "./status.ts";
import { table, visible } from "./table.ts";

export async function stagingList(context: CliContext): Promise<void> {
  await askControl(context, async (control) => {
    const runs = await control.staged();
    if (context.options.json) return context.printJson({ runs });
    if (runs.length === 0) return context.print("Nothing is in the staging area.");
    context.print(table(["STATE", "FILES", "BYTES", "RUN", ""], runs.map(rowOf)));
  });
}

function rowOf({ state, files, bytes, run_path, waits_for, job }: StagedView): string[] {
  const more = job ? stageWords(job) : `waits for ${waits_for ?? "its first file"}`;
  return [state, String(files), formatBytes(bytes), visible(run_path), visible(more)];
}

/** Takes a received run to the NAS now, whatever it still waits for. */
export async function stagingSync(
  context: CliContext,
  { run }: { readonly run: string },
): Promise<void> {
  await withControl(context, async (control) => {
    // Asked first: a PC that is no orchestrator says so.
    const known = (await control.staged()).find(({ run_path, job }) =>
      run_path === run || (job?.id.startsWith(run) ?? false)
    );
    const path = known?.run_path ?? run;
    const isArriving = known?.job === null;
    const { job, ...said } = isArriving
      ? await control.complete(path)
      : await control.enqueue(path);
    if (job) return printJob(context, job);
    if (context.options.json) return context.printJson({ job, ...said });
    context.print(`${visible(path)} goes as soon as it is quiet.`);
  });
}

interface ClearOptions {
  readonly runs: readonly string[];
  readonly verified?: boolean;
}

/** @throws LabferryError `kept_local_copy` when one of the named runs may not go */
export async function stagingClear(
  context: CliContext,
  { runs, verified = false }: ClearOptions,
): Promise<void> {
  if (verified === runs.length > 0) {
    throw new LabferryError("usage", "Name the runs to clear, or say --verified", {
      why: verified ? "both were said" : "neither was said",
      hint: "`labferry staging list` shows what is in the staging area",
    });
  }
  await withControl(context, async (control) => {
    const asked = verified
      ? (await control.staged()).flatMap(({ state, job }) =>
        state === "sync_verified" && job ? [job.id] : []
      )
      : runs;
    const done: CleanedView[] = [];
    for (const run of asked) done.push(await control.clearStaged(run));
    tell(context, done);
    const kept = done.find(({ outcome }) => outcome === "kept");
    if (kept) throw refused(kept);
  });
}

function tell(context: CliContext, done: readonly CleanedView[]): void {
  const bytes = done.reduce((sum, one) => sum + one.bytes, 0);
  if (context.options.json) return context.printJson({ runs: done, bytes });
  for (const { job, outcome, files, reason, bytes } of done) {
    const path = visible(job.run_path);
    context.print(
      outcome === "cleaned"
        ? `cleared    ${path}: ${counted(files, "file")}, ${formatBytes(bytes)}`
        : `stays      ${path}: ${visible(reason ?? "")}`,
    );
  }
  context.print(
    done.length === 0
      ? "No received run is proven at the NAS and still here."
      : `${formatBytes(bytes)} came free.`,
  );
}

function refused({ job, reason }: CleanedView): LabferryError {
  return new LabferryError("kept_local_copy", "The received run stays in the staging area", {
    path: job.run_path,
    why: reason ?? "an interlock does not hold",
    hint: "nothing was deleted; `labferry why RUN` says how the run stands",
  });
}
