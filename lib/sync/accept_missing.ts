/**
 * A person's word that a run may go on without files that are lost. It is given for the files that
 * were named when the run failed, with a name and a reason, and never for all of a run.
 */
import * as z from "zod";
import { join } from "node:path";
import { counted, LabferryError } from "../base/mod.ts";
import { statOrNull } from "../disk/mod.ts";
import type { Job, MissingFiles } from "../queue/mod.ts";
import { MISSING_ACCEPTED } from "./missing_files.ts";
import type { SyncContext } from "./destination.ts";
import { othersName } from "./group_back.ts";

export interface AcceptanceOf {
  readonly operator: string;
  readonly reason: string;
  /** `MissingFiles.digest` of what the person was shown; by default what the run failed for last. */
  readonly shown?: string;
  /** From which account, computer and way: kept beside the typed name. */
  readonly asker?: { readonly account: string; readonly host: string; readonly via: string };
}

const cappedNames = z.object({ count: z.number(), names: z.array(z.string()) });

/** As the failure said it; an older labferry told none that differ. */
const missingSchema = cappedNames.extend({
  digest: z.string(),
  differing: cappedNames.default({ count: 0, names: [] }),
});

/** What may turn out, once it is looked at again, to be files that are lost on both sides. */
const FOUND_ON_RETRY: ReadonlySet<string> = new Set(["hash_mismatch", "far_copy_damaged"]);

/** True when the run failed for want of such a word: a retry alone changes nothing. */
export function needsAcceptance(job: Pick<Job, "state" | "lastError">): boolean {
  return job.state === "failed" && job.lastError?.code === "source_vanished";
}

/**
 * True when its only copy is damaged: whoever has no other one of those files either can let the run go
 * without them.
 */
export function mayGiveUp({ state, alarm }: Pick<Job, "state" | "alarm">): boolean {
  return state === "cleaned" && alarm !== null;
}

/** The files that only a person can let the run go without; null for none. */
export async function lostOf(
  job: Pick<Job, "id" | "state" | "lastError" | "alarm">,
  queue: SyncContext["queue"],
): Promise<MissingFiles | null> {
  if (mayGiveUp(job)) {
    const lost = await queue.files(job.id).lost();
    return lost.count === 0 ? null : lost;
  }
  if (!needsAcceptance(job)) return null;
  const failed = queue.timeline.last(job.id, ["failed"]);
  return missingSchema.safeParse(failed?.detail["missing"]).data ?? null;
}

function nextOf(job: Job): string {
  if (mayGiveUp(job)) return "`labferry verify RUN` compares all of it; then the same again";
  return FOUND_ON_RETRY.has(job.lastError?.code ?? "")
    ? "`labferry retry RUN` compares it once more; if files are lost on both sides it fails with their names, which can be accepted then"
    : "`labferry history RUN` tells what it waits for";
}

/**
 * Writes the word into the run's timeline; the retry that follows it takes effect. Nothing else of
 * the job changes.
 *
 * @throws LabferryError `nothing_to_accept` when the run did not fail for lost files, for others than
 * were shown, or all of them are lost; `source_vanished` when the folder itself is not there; `usage` without name or reason
 */
export async function acceptMissing(
  job: Job,
  { operator, reason, shown, asker }: AcceptanceOf,
  context: Pick<SyncContext, "queue" | "pool" | "sources" | "ignored">,
): Promise<void> {
  const { queue } = context;
  if (operator.trim() === "" || reason.trim() === "") {
    throw new LabferryError("usage", "Accepting a loss needs a name and a reason", {
      path: job.runPath,
      hint: "add --operator NAME and --reason TEXT",
    });
  }
  const lost = await lostOf(job, queue);
  if (lost === null) {
    const isUntold = mayGiveUp(job);
    const what = isUntold
      ? "No comparison has told yet which of this run's files are lost"
      : "This run has not failed for lost files";
    throw new LabferryError("nothing_to_accept", what, {
      path: job.runPath,
      why: isUntold
        ? "what raised its alarm was no comparison of all of it"
        : job.lastError
        ? `its last failure is ${job.lastError.code}`
        : `it is ${job.state}`,
      hint: nextOf(job),
    });
  }
  const { count, names, digest, differing } = lost;
  if (shown !== undefined && shown !== digest) {
    throw new LabferryError("nothing_to_accept", "Other files are lost by now than were shown", {
      path: job.runPath,
      why: "the run has failed once more since",
      hint: "look at the run again, and accept what it names now",
    });
  }
  await refuseWhole(job, lost);
  await refuseGroup(job, { lost, context });
  queue.timeline.note(job.id, {
    kind: MISSING_ACCEPTED,
    detail: {
      ...{ generation: job.generation, digest, count, names, operator, reason, ...asker },
      ...(differing.count > 0 ? { differing } : {}),
    },
  });
}

/** @throws LabferryError `nothing_to_accept` */
async function refuseWhole(job: Job, { count }: MissingFiles): Promise<void> {
  const isAll = count >= job.files;
  if (!isAll && (await statOrNull(job.dataDir))?.isDirectory) return;
  throw new LabferryError("nothing_to_accept", "Not the whole of a run can be given up", {
    path: job.runPath,
    why: isAll
      ? job.files === 1 ? "its only file is lost" : `all of its ${job.files} files are lost`
      : "the run's folder itself is not there, and neither may be its disk",
    hint: mayGiveUp(job)
      ? isAll
        ? WHOLE_IS_LOST
        : "`labferry restore RUN` brings back what is whole over there, and its folder"
      : "bring the folder or its disk back, or cancel the run",
  });
}

const WHOLE_IS_LOST =
  "put its files back over there from a backup or a snapshot, then `labferry verify RUN`; until then it stays what it is, a run of which no good copy is known";

/** How long the instrument's folder is listed for it. */
const LIST_MS = 60_000;

/**
 * Without what is lost a run that is files lives on in the instrument's folder, where its names must be its
 * own (`rules.md` 25): what is whole is there, and nothing else has a name of its group.
 *
 * @throws LabferryError `nothing_to_accept`
 */
async function refuseGroup(
  job: Job,
  { lost, context }: {
    readonly lost: MissingFiles;
    readonly context: Parameters<typeof acceptMissing>[2];
  },
): Promise<void> {
  if (job.members === null || !mayGiveUp(job)) return;
  const other = await othersName(job, { context, signal: AbortSignal.timeout(LIST_MS) });
  if (other !== null) {
    throw new LabferryError("nothing_to_accept", "This run's names are a later run's by now", {
      path: join(job.dataDir, other),
      why: "it has a name of this run's and is not what was let go",
      hint: "once the later run is let go: `labferry restore RUN`, then the same again",
    });
  }
  const away = (await context.queue.files(job.id).count("localMissing")).files - lost.count;
  if (away <= 0) return;
  throw new LabferryError("nothing_to_accept", "What is whole of this run has to be here first", {
    path: job.runPath,
    why: `${
      counted(away, "file is", "files are")
    } good over there and not here, and this run is files among those of other runs`,
    hint: "`labferry restore RUN` brings it back; then the same again",
  });
}
