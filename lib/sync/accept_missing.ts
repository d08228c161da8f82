/**
 * A person's word that a run may go on without files that are lost. It is given for the files that
 * were named when the run failed, with a name and a reason, and never for all of a run.
 */
import * as z from "zod";
import { LabferryError } from "../base/mod.ts";
import { statOrNull } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { MISSING_ACCEPTED } from "./missing_files.ts";
import type { SyncContext } from "./destination.ts";

export interface AcceptanceOf {
  readonly operator: string;
  readonly reason: string;
  /** From which account, computer and way: kept beside the typed name. */
  readonly asker?: { readonly account: string; readonly host: string; readonly via: string };
}

const missingSchema = z.object({
  digest: z.string(),
  count: z.number(),
  names: z.array(z.string()),
});

/** True when the run failed for want of such a word: a retry alone changes nothing. */
export function needsAcceptance(job: Pick<Job, "state" | "lastError">): boolean {
  return job.state === "failed" && job.lastError?.code === "source_vanished";
}

/**
 * Writes the word into the run's timeline; the retry that follows it takes effect. Nothing else of
 * the job changes.
 *
 * @throws LabferryError `nothing_to_accept` when the run did not fail for missing files, or all of
 * them are; `source_vanished` when the folder itself is not there; `usage` without name or reason
 */
export async function acceptMissing(
  job: Job,
  { operator, reason, asker }: AcceptanceOf,
  { queue }: Pick<SyncContext, "queue">,
): Promise<void> {
  if (operator.trim() === "" || reason.trim() === "") {
    throw new LabferryError("usage", "Accepting a loss needs a name and a reason", {
      path: job.runPath,
      hint: "add --operator NAME and --reason TEXT",
    });
  }
  const failed = queue.timeline.last(job.id, ["failed"]);
  const missing = missingSchema.safeParse(failed?.detail["missing"]);
  if (!needsAcceptance(job) || !missing.success) {
    throw new LabferryError("nothing_to_accept", "This run has not failed for missing files", {
      path: job.runPath,
      why: job.lastError ? `its last failure is ${job.lastError.code}` : `it is ${job.state}`,
      hint: "`labferry history RUN` tells what it waits for",
    });
  }
  const { count, names, digest } = missing.data;
  if (count >= job.files || !(await statOrNull(job.dataDir))?.isDirectory) {
    throw new LabferryError("nothing_to_accept", "Not the whole of a run can be given up", {
      path: job.runPath,
      why: count >= job.files
        ? `all of its ${job.files} files are missing`
        : "the run's folder itself is not there, and neither may be its disk",
      hint: "bring the folder or its disk back, or cancel the run",
    });
  }
  queue.timeline.note(job.id, {
    kind: MISSING_ACCEPTED,
    detail: { generation: job.generation, digest, count, names, operator, reason, ...asker },
  });
}
