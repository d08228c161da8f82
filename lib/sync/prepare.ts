/**
 * Making the far side ready before a push: is the folder ours, what stands under the names of the
 * run, and is the word "proven" taken back there. Everything that is only read comes first; nothing
 * is written when there is a conflict. It is looked at anew before every push, because what the
 * queue believes is over there is not what is over there.
 */
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, RECORDS_DIR, transferBytes } from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { asidesOf, forgetAsides } from "./ahead_aside.ts";
import { beginFolder, inheritedKey, unmarkAhead } from "./ahead_folder.ts";
import { clearStrays, countAhead, takeAhead } from "./ahead_taken.ts";
import { AsideFolder, tellInterrupted } from "./aside_folder.ts";
import { adoptEqual, lookThere } from "./far_look.ts";
import { putRecords } from "./far_records.ts";
import { noteHeadStart, settleHeadStart } from "./head_start_end.ts";
import { makesOurs } from "./head_start_file.ts";
import { makeWay, refuseStrangers } from "./make_way.ts";
import { MANIFEST_AND_SIGNATURE } from "./manifest_sending.ts";
import { refuseAnotherExperiment } from "./new_folder.ts";
import { learnOldManifest } from "./old_manifest.ts";
import { originOf, type Owner, ownerOf } from "./owner.ts";
import { readOwner } from "./read_owner.ts";
import { farSnapshot, setRecordStatus } from "./record_status.ts";
import { refuseOthersFolder } from "./strangers.ts";
import { isLookedAfter } from "./staged_run.ts";
import { nothingSeen, supersededDir } from "./superseded.ts";
import type { FarWork, LookWork, Work } from "./work.ts";

/** @throws TransportError `name_not_carried`: before anything is sent */
export async function refuseNames(job: Job, { destination, context }: Work): Promise<void> {
  for await (const { path } of context.queue.files(job.id).list("unsent")) {
    const why = destination.transport.refusalOfName(path);
    if (why === null) continue;
    throw new TransportError(
      "name_not_carried",
      `${destination.transport.type} cannot carry a name of this run`,
      {
        path: `${job.dataDir}/${path}`,
        why,
        hint: "rename the file, or use another transport (rsync_ssh and mount carry every name)",
      },
    );
  }
}

/** @throws TransportError `destination_conflict`, and whatever the connection throws */
export async function prepareFar(job: Job, work: FarWork): Promise<Job> {
  const { context } = work;
  await work.far.confirm();
  work.onReached();
  await tellInterrupted(job, work);
  const records = `${job.farDir}/${RECORDS_DIR}`;
  const origin = await originOf(job, context);
  const { transfer, headStart } = await readOwner(job, work.far);
  const owner = ownerOf(transfer, origin, `${records}/${RECORD_FILES.transfer}`);
  if (owner.who === "ours") noteHeadStart(job, { ...work, headStart });
  await tellAsides(job, work);
  const isAhead = await takeAhead(job, work);
  const seen = await lookThere(job, work);
  await using look = seen.look;
  const looked = { ...work, look };
  const { holdsData } = seen;
  if (isAhead) await countAhead(job, looked);
  const { sourceFolder } = origin;
  const isInherited = !isAhead || context.queue.meta.get(inheritedKey(job.runPath)) !== null;
  const isOwnPart = makesOurs(headStart) && isInherited && job.preparedGeneration === 0;
  const wasProven = await settleWhatIsThere(job, {
    ...looked,
    owner,
    holdsData,
    isOwnPart,
    sourceFolder,
  });
  const ours = () => transferBytes(origin, context.clock.now());
  if (transfer === null && seen.isEmpty) {
    await setRecordStatus(job.runPath, {
      status: "pending",
      log: context.log,
      signal: work.signal,
    });
    await beginFolder(job, { ...work, transfer: ours() });
    const ready = await prepared(job, work);
    // What went ahead was removed over there: all of it is sent again.
    if (isAhead) forgetAhead(job, work);
    return ready;
  }
  if (owner.who !== "ours" || owner.isOld) await putOwner(job, { ...work, transfer, ours: ours() });
  await takeBackTheWord(job, { ...work, hasToSettle: wasProven && makesOurs(headStart) });
  await makeWay(job, looked);
  if (!isAhead) return await prepared(job, work);
  await clearStrays(job, looked);
  const ready = await prepared(job, work);
  forgetAhead(job, work);
  return ready;
}

function forgetAhead({ runPath }: Job, { context: { queue } }: Work): void {
  queue.ahead.forget(runPath);
  queue.meta.forget(inheritedKey(runPath));
}

/** What was set aside while the run was sent ahead belongs to its receipt. */
async function tellAsides(job: Job, work: FarWork): Promise<void> {
  const { queue } = work.context;
  const asides = await asidesOf(job, work);
  queue.together(() => {
    for (const aside of asides) {
      queue.timeline.note(job.id, { kind: "set_aside", detail: { ...aside } });
    }
    forgetAsides(job.runPath, queue);
  });
}

/** What stands under the run's names from here on, this run may have put there: said first. */
async function prepared(job: Job, work: FarWork): Promise<Job> {
  // It is complete, and a queue that is made anew may know it.
  await unmarkAhead(job);
  await work.context.queue.files(job.id).claimFarNames();
  return await work.moves.together((take) => {
    // The push's own, on the disk with the rest of what it needs.
    AsideFolder.note(job, work);
    return take(job, { type: "prepared", destination: work.destination.transport.address });
  });
}

/** Says whose it is. What says otherwise is moved aside, also what came since it was looked for. */
async function putOwner(
  job: Job,
  { transfer, ours, far, context: { clock } }: FarWork & {
    readonly transfer: Uint8Array | null;
    readonly ours: Uint8Array;
  },
): Promise<void> {
  const records = `${job.farDir}/${RECORDS_DIR}`;
  const name = RECORD_FILES.transfer;
  const aside = () => `${supersededDir(job.farDir, clock)}/${RECORDS_DIR}`;
  if (transfer !== null) await far.session.setAside(records, [name], aside());
  await far.session.putFiles(records, new Map([[name, ours]]), nothingSeen([name], aside()));
}

/**
 * Only reads over there: what is equal is adopted, and anything that has to be refused is. True when the
 * run was proven there before, as far as this queue or the manifest there knows.
 */
async function settleWhatIsThere(
  job: Job,
  work: LookWork & {
    readonly owner: Owner;
    readonly holdsData: boolean;
    /** Files were sent there ahead of the run, and this queue does not know which. */
    readonly isOwnPart: boolean;
    readonly sourceFolder: string | null;
  },
): Promise<boolean> {
  const { look, owner, holdsData, isOwnPart } = work;
  const old = owner.who === "ours" ? await learnOldManifest(job, work) : null;
  // After a lost queue: what differs is set aside, and no conflict, while nothing was proven there. Who
  // has proven the run knows what is its own, and a list that nobody can read was one all the same.
  if (isOwnPart && old?.isAbsent) {
    work.context.queue.ahead.ownAllSeen(job.id);
  }
  const dropped = await look.dropOldSpellings();
  if ((old?.added ?? 0) + dropped > 0) {
    await work.context.queue.files(job.id).refreshTotals();
  }
  const adopted = holdsData ? await adoptEqual(job, work) : 0;
  const named = old?.named ?? 0;
  const namedHere = old?.here ?? 0;
  await refuseAnotherExperiment(job, { ...work, adopted, named, namedHere });
  if (owner.who !== "ours" && holdsData) await refuseOthersFolder(job, work);
  await refuseStrangers(job, work);
  // Null: this queue has proven it itself.
  return owner.who === "ours" && !(old?.isAbsent ?? false);
}

/** Until the next pass nothing over there says "arrived whole and proven". */
async function takeBackTheWord(
  job: Job,
  { hasToSettle, ...work }: FarWork & { readonly hasToSettle: boolean },
): Promise<void> {
  const { context, signal } = work;
  const records = `${job.farDir}/${RECORDS_DIR}`;
  await setRecordStatus(job.runPath, { status: "pending", log: context.log, signal });
  if (await isLookedAfter(job, work)) return;
  if (hasToSettle) await settleHeadStart(job, work);
  const into = `${supersededDir(job.farDir, context.clock)}/${RECORDS_DIR}`;
  await work.far.session.setAside(records, MANIFEST_AND_SIGNATURE, into);
  const snapshot = await farSnapshot(job.runPath);
  if (!snapshot) return;
  await putRecords(new Map([[`${records}/${RECORD_FILES.creation}`, snapshot]]), work);
}
