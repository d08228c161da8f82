/** `labferry verify RUN [--local]`: one pass now. */
import { counted, errorAsKept, LabferryError } from "../base/mod.ts";
import { ALARM_ADVICE, type Control, type JobView } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { damagedNames, jobText } from "./status.ts";
import { verifyLocal } from "./verify_local.ts";

export async function verify(
  context: CliContext,
  { run, local }: { readonly run: string; readonly local?: boolean },
): Promise<void> {
  if (local) return await verifyLocal(context, run);
  await withControl(context, async (control) => {
    const job = await control.verify(run);
    if (job.state === "failed") {
      const error = job.last_error ??
        { code: "far_copy_damaged", message: "The far copy is damaged" };
      throw errorAsKept(error, { path: job.run_path });
    }
    if (job.alarm !== null) {
      const { code } = job.alarm;
      const message = `The far copy is damaged, and the local one was let go: ${damagedNames(job)}`;
      throw errorAsKept({ code, message, hint: ALARM_ADVICE }, { path: job.run_path });
    }
    if (!PROVEN.has(job.state)) throw await changedHere(control, job);
    if (context.options.json) context.printJson(job);
    else context.print(jobText(job));
  });
}

const PROVEN: ReadonlySet<JobView["state"]> = new Set(["verified", "cleanup_eligible", "cleaned"]);

/** Counts of a seal's event, in words. */
const CHANGES = [
  ["added", "new"],
  ["altered", "altered"],
  ["goneProven", "gone"],
  ["goneUnproven", "lost"],
] as const;

/** The walk before the pass met a change: what was safe is not all of the run any more. */
async function changedHere(control: Control, job: JobView): Promise<LabferryError> {
  const events = await control.history(job.id);
  const sealed = events.findLast(({ kind }) => kind === "sealed")?.detail;
  return new LabferryError("changed_after_seal", "The far copy was not compared", {
    path: job.run_path,
    why: `the run has changed here since it was safe: ${changes(sealed ?? {})}`,
    hint: `it goes again by itself as generation ${job.generation}; verify it when it is safe`,
  });
}

function changes(sealed: Readonly<Record<string, unknown>>): string {
  const parts = CHANGES.flatMap(([name, word]) => {
    const count = sealed[name];
    return typeof count === "number" && count > 0 ? [`${counted(count, "file")} ${word}`] : [];
  });
  return parts.length > 0 ? parts.join(", ") : "its list of files is another one";
}
