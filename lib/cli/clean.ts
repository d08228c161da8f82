/** `labferry clean [RUN…] [--dry-run]`: let go of local copies that may go, at a person's word. */
import { counted, formatBytes, LabferryError } from "../base/mod.ts";
import type { CleanedView, Control, CustodyView } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { visible } from "./table.ts";

interface CleanOptions {
  readonly runs: readonly string[];
  readonly dryRun?: boolean;
}

/** @throws LabferryError `kept_local_copy` when one of the named runs may not go */
export async function clean(context: CliContext, { runs, dryRun }: CleanOptions): Promise<void> {
  await withControl(context, async (control) => {
    if (dryRun) return show(context, await looked(control, runs));
    const asked = runs.length > 0
      ? runs
      : (await control.deletable()).filter(({ may_go }) => may_go).map(({ job }) => job.id);
    const done: Done[] = [];
    const how = { control, isOnlyOne: runs.length === 1 };
    for (const run of asked) {
      done.push(await cleaned(run, how));
    }
    tell(context, done);
    const kept = done.filter((one) => one.outcome === "kept" && !isGone(one));
    if (kept.length > 0 && runs.length > 0) throw refused(kept);
  });
}

/** With what is here of a run that was let go before. */
type Done = CleanedView & Pick<CustodyView, "local">;

const NOTHING = { files: 0, bytes: 0 };

async function cleaned(
  run: string,
  how: { readonly control: Control; readonly isOnlyOne: boolean },
): Promise<Done> {
  const done = await tried(run, how);
  const wasGone = done.outcome === "kept" && done.job.state === "cleaned";
  return { ...done, local: wasGone ? (await how.control.why(done.job.id)).local : NOTHING };
}

/** What keeps one run is no reason to pass over the others. */
async function tried(
  run: string,
  { control, isOnlyOne }: { readonly control: Control; readonly isOnlyOne: boolean },
): Promise<CleanedView> {
  try {
    return await control.clean(run);
  } catch (error) {
    if (isOnlyOne || !(error instanceof LabferryError)) throw error;
    const job = await control.job(run);
    return { job, outcome: "kept", reason: error.message, files: 0, bytes: 0 };
  }
}

function isGone({ job, local }: Pick<CustodyView, "job" | "local">): boolean {
  return job.state === "cleaned" && local.files === 0;
}

async function looked(control: Control, runs: readonly string[]): Promise<readonly CustodyView[]> {
  if (runs.length === 0) return await control.deletable();
  const views: CustodyView[] = [];
  for (const run of runs) views.push(await control.why(run));
  return views;
}

/** Exactly what would go, and what keeps the others; nothing is touched. */
function show(context: CliContext, views: readonly CustodyView[]): void {
  const go = views.filter(({ may_go }) => may_go);
  const files = go.reduce((sum, { local }) => sum + local.files, 0);
  const bytes = go.reduce((sum, { local }) => sum + local.bytes, 0);
  if (context.options.json) return context.printJson({ dry_run: true, runs: views, files, bytes });
  for (const { job, local, may_go, reason, deletable_from } of views) {
    const path = visible(job.run_path);
    if (may_go) {
      context.print(
        `would go   ${path}: ${counted(local.files, "file")}, ${formatBytes(local.bytes)}`,
      );
      continue;
    }
    const word = isGone({ job, local }) ? "gone " : "stays";
    const when = deletable_from
      ? ` (from ${deletable_from.slice(0, 16).replace("T", " ")} UTC)`
      : "";
    context.print(`${word}      ${path}: ${visible(reason ?? "")}${when}`);
  }
  context.print(
    `${counted(go.length, "local copy", "local copies")} would go, after one more look at each: ${
      formatBytes(bytes)
    }. Nothing was touched.`,
  );
}

function tell(context: CliContext, done: readonly Done[]): void {
  const bytes = done.reduce((sum, one) => sum + one.bytes, 0);
  if (context.options.json) {
    return context.printJson({ runs: done.map(({ local: _, ...view }) => view), bytes });
  }
  for (const { job, local, outcome, files, reason, bytes } of done) {
    const word = isGone({ job, local }) ? "gone " : "stays";
    const path = visible(job.run_path);
    context.print(
      outcome === "cleaned"
        ? `gone       ${path}: ${counted(files, "file")}, ${
          formatBytes(bytes)
        }; the proven copy is at ${visible(job.destination)}${
          reason === null ? "" : `; ${visible(reason)}`
        }`
        : `${word}      ${path}: ${visible(reason ?? "")}`,
    );
  }
  if (done.length === 0) {
    context.print("No local copy may go now (`labferry clean --dry-run` says why).");
  } else context.print(`${formatBytes(bytes)} came free.`);
}

function refused(kept: readonly CleanedView[]): LabferryError {
  const [first] = kept;
  return new LabferryError("kept_local_copy", "The local copy is kept", {
    path: first!.job.run_path,
    why: first!.reason ?? "an interlock does not hold",
    hint: "`labferry why RUN` says what stands in the way, and until when",
  });
}
