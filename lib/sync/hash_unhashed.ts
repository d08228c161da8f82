/** Hashing what has no hash yet, with what else its instrument states of it, in one reading. */
import type { Job } from "../queue/mod.ts";
import { hashLocal, refuseChanged } from "./local_hash.ts";
import { withOthers } from "./origin.ts";
import type { Work } from "./work.ts";

/** Nothing is read twice. @throws TransportError as `hashLocal` and `refuseChanged` */
export async function hashUnhashed(job: Job, { context, signal }: Work): Promise<void> {
  const { queue } = context;
  const files = withOthers(queue.files(job.id).list("unhashed"), { job, queue });
  for await (const batch of hashLocal(job.dataDir, files, { context, signal })) {
    refuseChanged(job, queue.files(job.id).setHashes(batch));
    queue.origin(job.id).setFound(batch);
  }
}
