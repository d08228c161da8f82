/**
 * The end of a generation's first pass, in the order that makes every crash harmless: the pass is
 * committed, then the manifest and the record here, then the records over there with the manifest's
 * signature, and last of all the far `checksums.sha256`: its presence means "arrived whole and proven". Each step can be done
 * again.
 */
import { type Job } from "../queue/mod.ts";
import { unmarkAhead } from "./ahead_folder.ts";
import { keepThere, sendRecords } from "./far_records.ts";
import { settledHeadStart } from "./head_start_end.ts";
import { recordLeftOut } from "./left_out.ts";
import { recordOrigin } from "./origin.ts";
import {
  farManifestPath,
  farRecords,
  lookAtManifest,
  type ManifestThere,
  sendManifest,
  setManifestAside,
  signatureOfManifest,
  signedManifest,
} from "./manifest_sending.ts";
import { type LocalManifest, writeManifest } from "./manifest_writing.ts";
import { isTheirs } from "./record_keeper.ts";
import { provenStatus, recordStatusOf, setRecordStatus } from "./record_status.ts";
import { isGoodSignature, isSigned, keysKept, rememberKeys } from "./signature.ts";
import { isLookedAfter } from "./staged_run.ts";
import type { FarWork } from "./work.ts";

export async function closeBooks(job: Job, work: FarWork): Promise<void> {
  const { context, signal } = work;
  const manifest = await writeManifest(job, work);
  await setRecordStatus(job.runPath, {
    status: provenStatus(job, context),
    log: context.log,
    signal,
  });
  await recordLeftOut(job, work);
  await recordOrigin(job, work);
  await work.far.confirm();
  if (await isLookedAfter(job, work)) return;
  await sendBooks(manifest, work);
}

/** Signature and keys go with the records: before the manifest, and in the calls that are made anyway. */
async function sendBooks(manifest: LocalManifest, work: FarWork): Promise<void> {
  const { job } = manifest;
  const keeps = await signatureOfManifest(manifest, work);
  const also = settledHeadStart(job, work);
  if (also.size > 0) await unmarkAhead(job);
  const there = await sendRecords(job, { ...work, besides: farManifestPath(job), keeps, also });
  if (keeps.size > 0) await rememberKeys(work);
  await sendManifest(manifest, { ...work, there });
  await flushBooks(job, work);
  await work.far.confirm();
}

/**
 * A later pass found the data whole; the manifest over there may have been removed or edited since.
 * What differs is moved aside and written again: `sha256sum -c` must say there what the pass said.
 */
export async function mendManifest(job: Job, work: FarWork): Promise<void> {
  const { context, signal } = work;
  const manifest = await writeManifest(job, work);
  // Another program may have changed it since; each pass puts it right.
  if (!await isTheirs(job)) {
    await setRecordStatus(job.runPath, {
      status: recordStatusOf(job, context),
      log: context.log,
      signal,
    });
  }
  await work.far.confirm();
  if (await isLookedAfter(job, work)) return;
  const there = await lookAtManifest(manifest, work);
  if (there.stands) return await mendSignature(manifest, { ...work, there });
  await setManifestAside(job, work);
  await sendBooks(manifest, work);
  context.queue.timeline.note(job.id, { kind: "manifest_mended" });
}

/**
 * Runs that an older labferry proved have none yet, and a key may have leaked since. A good one is worth
 * nothing to an auditor without the keys, which somebody may have tidied away at the base.
 */
async function mendSignature(
  manifest: LocalManifest,
  { there, ...work }: FarWork & { readonly there: ManifestThere },
): Promise<void> {
  const { job, sha256 } = manifest;
  if (!isSigned(job, work)) return;
  const what = signedManifest(sha256);
  const { signature } = there;
  const isGood = signature !== null && await isGoodSignature(signature, { ...work, what });
  const kept = isGood ? await keysKept(work) : await signatureOfManifest(manifest, work);
  if (kept.size === 0) return;
  const put = await keepThere(job, { ...work, kept });
  await rememberKeys(work);
  if (put.length === 0) return;
  await flushBooks(job, work);
  await work.far.confirm();
  if (!isGood) work.context.queue.timeline.note(job.id, { kind: "signature_mended" });
}

/** The word "proven" is on the far disk too, or the timeline says that nobody could be asked. */
async function flushBooks(job: Job, { context, far }: FarWork): Promise<void> {
  const { flushed, note } = await far.session.flush(farRecords(job));
  if (!flushed) {
    context.queue.timeline.note(job.id, { kind: "manifest_not_flushed", detail: { note } });
  }
}
