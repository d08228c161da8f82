/**
 * Says at the destination's base how the run's part of its session stands (`rules.md` 29): when it is
 * sealed and about to go, and when it is proven. A run of no session costs nothing; what goes wrong with
 * the word keeps no run from going.
 */
import { hostname } from "node:os";
import { isAbort, LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import { partText, sessionFolder, type SessionOf, type SessionRun } from "../sessions/mod.ts";
import { supersededDir } from "./superseded.ts";
import type { FarWork } from "./work.ts";

export async function tellSession(
  job: Job,
  { state, ...work }: FarWork & { readonly state: SessionRun["state"] },
): Promise<void> {
  const { sessions, staged, log } = work.context;
  const session = sessions.of(job);
  if (session === null || staged.has(job.equipmentId)) return;
  try {
    await write(job, { ...work, session, state });
  } catch (error) {
    if (isAbort(error) || !(error instanceof LabferryError)) throw error;
    const about = { run: job.runPath, session: session.id, code: error.code };
    log(
      "warn",
      `What is said of the session ${session.id} could not be written: ${error.message}`,
      about,
    );
  }
}

/** How the others stand, once the run is known to be safe: nothing of it waits for their bases. */
export async function noteSession(
  job: Job,
  { context: { sessions, staged, queue } }: Pick<FarWork, "context">,
): Promise<void> {
  const session = sessions.of(job);
  if (session === null || staged.has(job.equipmentId)) return;
  const { isComplete, standing } = await sessions.standingOf(session);
  const waits = standing.filter((one) => one.state !== "proven").map(({ equipment }) => equipment);
  const detail = { session: session.id, parts: standing.length, is_complete: isComplete, waits };
  queue.timeline.note(job.id, { kind: "session_part", detail });
}

/**
 * A pass that found it proven says so where nobody has: what was lost over there comes back, and so does
 * the line that a delivery could not write any more after its run was safe.
 */
export async function tellSessionAgain(job: Job, work: FarWork): Promise<void> {
  const { sessions, queue } = work.context;
  const session = sessions.of(job);
  if (session === null) return;
  const part = sessions.ownPart(session.id, job.equipmentId);
  const known = part?.runs.find(({ farPath }) => farPath === job.farDir);
  const isSaid = known?.state === "proven" && known.generation === job.generation;
  if (isSaid && queue.timeline.ofGeneration(job, ["session_part"]).length > 0) return;
  if (!isSaid) await tellSession(job, { ...work, state: "proven" });
  await noteSession(job, work);
}

async function write(
  job: Job,
  { session, state, context, far }: FarWork & {
    readonly session: SessionOf;
    readonly state: SessionRun["state"];
  },
): Promise<void> {
  const { equipmentId: equipment, farDir: farPath } = job;
  const { sessions, clock } = context;
  const before = sessions.ownPart(session.id, equipment);
  const now = clock.now().toISOString();
  const run: SessionRun = {
    farPath,
    state,
    generation: job.generation,
    files: job.files,
    bytes: job.bytes,
    sealedAt: job.sealedAt,
    provenAt: state === "proven" ? now : null,
  };
  const part = {
    session: session.id,
    equipment,
    parts: session.parts,
    host: hostname(),
    writtenAt: now,
    runs: [...(before?.runs ?? []).filter((one) => one.farPath !== farPath), run],
  };
  const [folder, name] = [sessionFolder(session.id), `${equipment}.json`];
  await far.confirm();
  const there = (await far.session.getFiles(folder, [name])).get(name) ?? null;
  const aside = supersededDir(folder, clock);
  const isOurs = there !== null && before !== null && isEqual(there, partText(before));
  // A word that we did not put there is never replaced: torn, of another labferry, or of a lost queue.
  if (there !== null && !isOurs) await far.session.setAside(folder, [name], aside);
  sessions.remember(part);
  await far.session.putFiles(
    folder,
    new Map([[name, partText(part)]]),
    new Map([[name, { bytes: isOurs ? there : null, aside: `${aside}/${name}` }]]),
  );
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
