/**
 * Files that are lost: gone from the local disk and not proven as they were sealed, or gone here and
 * over there. The run fails until a person says that it may go on without exactly these files. The
 * word is bound to the generation and to a digest of the names: one more missing file, and it fails
 * again.
 */
import * as z from "zod";
import { counted } from "../base/mod.ts";
import type { Job, MissingFiles } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { SyncContext } from "./destination.ts";

export class MissingFilesError extends TransportError {
  constructor(job: Job, readonly missing: MissingFiles) {
    const { count, names } = missing;
    const all = count >= job.files;
    super("source_vanished", "Sealed files are gone and are not proven over there", {
      path: `${job.dataDir}/${names[0] ?? ""}`,
      why: `${count} of ${counted(job.files, "file")} ${
        count === 1 ? "has" : "have"
      } disappeared: ${names.slice(0, 5).join(", ")}${count > 5 ? " …" : ""}`,
      hint: all
        ? "put the files back, or cancel the run: all of it is gone"
        : "put them back; or, if they may be missing for good, say so with `labferry retry RUN --accept-missing --operator NAME --reason TEXT` (for `ship`: the same command with these three options)",
    });
  }
}

/** What a person gave up, as the timeline and the generation keep it. */
export interface AcceptedLoss {
  readonly count: number;
  readonly names: readonly string[];
  readonly operator: string;
  readonly reason: string;
}

/** The kind of the timeline's event in which somebody accepts a loss. */
export const MISSING_ACCEPTED = "missing_accepted";

const acceptedSchema = z.object({
  generation: z.number(),
  digest: z.string(),
  operator: z.string(),
  reason: z.string(),
});

/** Null unless a person accepted the loss of exactly these files of this generation. */
export function acceptedLoss(
  job: Job,
  { digest, count, names }: MissingFiles,
  { queue }: Pick<SyncContext, "queue">,
): AcceptedLoss | null {
  const event = queue.timeline.last(job.id, [MISSING_ACCEPTED]);
  if (event === null || count >= job.files) return null;
  const word = acceptedSchema.safeParse(event.detail);
  if (!word.success) return null;
  const { operator, reason } = word.data;
  const isForThese = word.data.generation === job.generation && word.data.digest === digest;
  return isForThese ? { count, names, operator, reason } : null;
}
