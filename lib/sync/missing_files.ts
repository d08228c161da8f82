/**
 * Files that are lost: gone from the local disk and not proven as they were sealed, or gone here and
 * not as sealed over there, where nothing or something else is under their name. The run fails until a
 * person says that it may go on without exactly these files. The word is bound to the generation and to
 * a digest of the names, and of which of them differ: one more lost file, and it fails again.
 */
import * as z from "zod";
import { counted } from "../base/mod.ts";
import type { CappedNames, Job, MissingFiles } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { SyncContext } from "./destination.ts";

/** Names in the sentence; `labferry history RUN --json` has more. */
const MOST_SAID = 5;

export class MissingFilesError extends TransportError {
  constructor(job: Job, readonly missing: MissingFiles) {
    const { count, names, differing } = missing;
    const all = count >= job.files;
    const isOrAre = count === 1 ? "is" : "are";
    super("source_vanished", "Sealed files are gone here and are not proven over there", {
      path: `${job.dataDir}/${names[0] ?? ""}`,
      why: `${count} of ${counted(job.files, "file")} ${isOrAre} lost: ${said(missing)}${
        differing.count > 0
          ? `; of these ${differing.count} ${
            differing.count === 1 ? "is" : "are"
          } over there with other bytes: ${said(differing)}`
          : ""
      }`,
      hint: all
        ? "put the files back, or cancel the run: all of it is gone"
        : `put them back here; or, if they may be lost for good, say so with \`labferry retry RUN --accept-missing --operator NAME --reason TEXT\` (for \`ship\`: the same command with these three options); what is over there under their names is left as it is`,
    });
  }
}

function said({ count, names }: CappedNames): string {
  return `${names.slice(0, MOST_SAID).join(", ")}${count > MOST_SAID ? " …" : ""}`;
}

/** What a person gave up, as the timeline and the generation keep it. */
export interface AcceptedLoss {
  readonly count: number;
  readonly names: readonly string[];
  /** Those of them that are over there with other bytes than were sealed; absent for none. */
  readonly differing?: CappedNames;
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
  { digest, count, names, differing }: MissingFiles,
  { queue }: Pick<SyncContext, "queue">,
): AcceptedLoss | null {
  const event = queue.timeline.last(job.id, [MISSING_ACCEPTED]);
  if (event === null || count >= job.files) return null;
  const word = acceptedSchema.safeParse(event.detail);
  if (!word.success) return null;
  const { operator, reason } = word.data;
  const isForThese = word.data.generation === job.generation && word.data.digest === digest;
  if (!isForThese) return null;
  return { count, names, ...(differing.count > 0 ? { differing } : {}), operator, reason };
}
