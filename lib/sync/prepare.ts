/**
 * Making the far side ready for a generation, before its first far write: is the folder ours, does
 * it hold anything we must not lose, and is the word "proven" taken back there. Everything that is
 * only read comes first; nothing is written when there is a conflict.
 */
import type { CappedNames, Job, Pass } from "../queue/mod.ts";
import { RECORD_FILES, RECORDS_DIR, transferBytes } from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { FarConnection } from "./far_connection.ts";
import { farPass } from "./far_pass.ts";
import { hashLocal } from "./local_hash.ts";
import { originOf, type Owner, ownerOf } from "./owner.ts";
import { farSnapshot, setRecordStatus } from "./record_status.ts";
import { putSign } from "./same_folder.ts";
import { move, type Work } from "./work.ts";

/** Far folder below the base where replaced, once proven bytes stay; nothing there is ever deleted. */
export const SUPERSEDED_DIR = ".labferry-superseded";

/** @throws TransportError `name_not_carried`: before anything is sent */
export function refuseNames(job: Job, { place, doors }: Work): void {
  for (const { path } of doors.queue.files(job.id, "unsent")) {
    const why = place.transport.refusalOfName(path);
    if (why === null) continue;
    throw new TransportError(
      "name_not_carried",
      `${place.transport.type} cannot carry a name of this run`,
      {
        path: `${job.runPath}/${path}`,
        why,
        hint: "rename the file, or use another transport (rsync_ssh and mount carry every name)",
      },
    );
  }
}

/** @throws TransportError `destination_conflict`, and whatever the connection throws */
export async function prepareFar(job: Job, far: FarConnection, work: Work): Promise<Job> {
  if (job.preparedGeneration === job.generation) return job;
  const { doors } = work;
  await far.confirm();
  const records = `${job.farDir}/${RECORDS_DIR}`;
  const origin = await originOf(job, doors.host);
  const transfer = await readOwner(job, far, records);
  const owner = ownerOf(transfer, origin, `${records}/${RECORD_FILES.transfer}`);
  if (!isKnownHere(job, work) && await holdsData(far, job.farDir)) {
    await reconcile(job, owner, far, work);
  }
  const aside = `${supersededDir(job.farDir, doors.clock.now())}/${RECORDS_DIR}`;
  if (owner === "another") await far.session.setAside(records, [RECORD_FILES.transfer], aside);
  if (owner !== "ours") {
    const ours = transferBytes(origin, doors.clock.now());
    await far.session.putFiles(records, new Map([[RECORD_FILES.transfer, ours]]));
  }
  await setRecordStatus(job.runPath, "pending", doors, { signal: work.signal });
  await far.session.setAside(records, [RECORD_FILES.checksums], aside);
  const snapshot = await farSnapshot(job.runPath);
  if (snapshot) await far.session.putFiles(records, new Map([[RECORD_FILES.creation, snapshot]]));
  return await move(job, { type: "prepared" }, work);
}

/** @throws TransportError `destination_conflict`: the far folder is the run itself */
async function readOwner(
  job: Job,
  { session }: FarConnection,
  records: string,
): Promise<Uint8Array | null> {
  await using sign = await putSign(job.runPath);
  const { name } = sign;
  const there = await session.getFiles(records, [RECORD_FILES.transfer, ...(name ? [name] : [])]);
  if (name === null || (there.get(name) ?? null) === null) {
    return there.get(RECORD_FILES.transfer) ?? null;
  }
  throw new TransportError("destination_conflict", "The destination is the run's own folder", {
    path: `${job.destination}/${job.farDir}`,
    why: "what is written beside the run appears over there at once, so nothing would be copied",
    hint: "choose a destination elsewhere, on another disk",
  });
}

/** `<base>/.labferry-superseded/<run path>/<UTC>`: fresh for every use, so that nothing meets there. */
export function supersededDir(farDir: string, at: Date): string {
  const stamp = at.toISOString().replaceAll("-", "").replaceAll(":", "");
  return `${SUPERSEDED_DIR}/${farDir}/${stamp}`;
}

/** True when this queue itself has put (or found and compared) something over there before. */
function isKnownHere(job: Job, { doors }: Work): boolean {
  if (job.preparedGeneration > 0) return true;
  const all = doors.queue.countFiles(job.id, "present");
  return doors.queue.countFiles(job.id, "unsent").files < all.files;
}

async function holdsData(far: FarConnection, farDir: string): Promise<boolean> {
  for await (const { path } of far.session.list(farDir)) {
    if (!path.startsWith(`${RECORDS_DIR}/`)) return true;
  }
  return false;
}

/**
 * The far folder holds data this queue knows nothing of: it was lost and rebuilt, or somebody else
 * put it there. Everything is compared by hash. What is identical is adopted; what differs is a
 * conflict, unless the folder is ours: then it may hold bytes that were proven once, and they are
 * marked so that they get moved aside, never overwritten.
 */
async function reconcile(job: Job, owner: Owner, far: FarConnection, work: Work): Promise<void> {
  const { doors } = work;
  const { pass } = await farPass(job, far, work, { phase: "preparing" });
  await hashWhatIsThere(job, pass, work);
  const { matched, mismatched } = doors.queue.passSummary(pass);
  const stranger = owner === "another" ? await firstStranger(job, far, work) : null;
  const end = { outcome: "abandoned", notes: ["compared before the first write"] } as const;
  if (owner !== "ours" && (mismatched.count > 0 || stranger !== null)) {
    doors.queue.closePass(pass, end);
    throw conflict(job, owner, { differing: mismatched, stranger });
  }
  doors.queue.together(() => {
    doors.queue.adoptFar(pass);
    doors.queue.closePass(pass, end);
    doors.queue.note(job.id, { kind: "adopted", detail: { matched, differing: mismatched.count } });
  });
}

async function hashWhatIsThere(job: Job, pass: Pass, { doors, signal }: Work): Promise<void> {
  const wanted = function* () {
    for (const file of doors.queue.files(job.id, "unhashed")) {
      if (file.farPass === pass.id && file.farSha256 !== null) yield file;
    }
  };
  for await (const batch of hashLocal(job.runPath, wanted(), { doors, signal })) {
    doors.queue.setHashes(job.id, batch);
  }
}

/** A data file over there that our run does not have: then the folder is not just a copy of it. */
async function firstStranger(
  job: Job,
  far: FarConnection,
  { doors }: Work,
): Promise<string | null> {
  for await (const { path } of far.session.list(job.farDir)) {
    if (path.startsWith(`${RECORDS_DIR}/`)) continue;
    if (!doors.queue.hasFile(job.id, path)) return path;
  }
  return null;
}

function conflict(
  job: Job,
  owner: Owner,
  { differing, stranger }: { differing: CappedNames; stranger: string | null },
): TransportError {
  const whose = owner === "another" ? "another run" : "nobody labferry knows";
  const what = differing.count > 0
    ? `${differing.count} of its files differ`
    : "it holds a file that is not part of this run";
  const example = JSON.stringify(differing.names[0] ?? stranger ?? "");
  return new TransportError(
    "destination_conflict",
    "The destination already holds other data under this run's path",
    {
      path: `${job.destination}/${job.farDir}`,
      why: `it belongs to ${whose}, and ${what}, e.g. ${example}`,
      hint:
        "nothing was written; move that folder away or give this run another path, then `labferry retry`",
    },
  );
}
