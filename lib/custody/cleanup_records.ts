/**
 * Certificate and outcome in their two places, signed over there. What is written counts only when it was read back over
 * there; an older pair makes way for it in both places, and is never replaced.
 */
import { dirname, join } from "node:path";
import { equalBytes } from "../base/mod.ts";
import { readOrNull, writeFileAtomic } from "../disk/mod.ts";
import { NAMESPACES, sha256Of, SIGNATURE_SUFFIX } from "../evidence/mod.ts";
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, recordPath, RECORDS_DIR } from "../records/mod.ts";
import {
  type FarWork,
  keepThere,
  nothingSeen,
  rememberKeys,
  signatureOf,
  supersededDir,
} from "../sync/mod.ts";
import { TransportError } from "../transports/mod.ts";

type CleanupRecord = "certificate" | "outcome";

/** The certificate of the deletion that was begun, as it is here; null when there is none. */
export function readCleanupRecord(job: Job, which: CleanupRecord): Promise<Uint8Array | null> {
  return readOrNull(recordPath(job.runPath, RECORD_FILES[which]));
}

/** Begins a pair: what earlier deletions left is moved aside, here and over there. */
export async function setOldPairAside(job: Job, { context, far }: FarWork): Promise<void> {
  const names = [RECORD_FILES.certificate, RECORD_FILES.outcome];
  const into = supersededDir(job.farDir, context.clock);
  const withSignatures = names.flatMap((name) => [name, `${name}${SIGNATURE_SUFFIX}`]);
  await far.session.setAside(farRecords(job), withSignatures, `${into}/${RECORDS_DIR}`);
  const stamp = into.slice(into.lastIndexOf("/") + 1);
  for (const name of names) await setAsideHere(job, { name, stamp });
}

/** `cleanup_certificate.20260417T143200.000Z.json`, beside it; at every instant it is under a name. */
async function setAsideHere(
  job: Job,
  { name, stamp }: { readonly name: string; readonly stamp: string },
): Promise<void> {
  const path = recordPath(job.runPath, name);
  const bytes = await readOrNull(path);
  if (bytes === null) return;
  const aside = join(dirname(path), name.replace(/\.json$/, `.${stamp}.json`));
  await writeFileAtomic(aside, bytes, { createOnly: true });
  await Deno.remove(path);
}

/**
 * Puts it here, flushed, then over there, its signature first, both read back and flushed. What stands
 * under its name with other bytes, in either place, was put there by somebody else or by a deletion that
 * was stopped: it makes way and is kept. Looked at just before, and not when the deletion began.
 *
 * @throws TransportError `hash_mismatch` when it came back with other bytes
 */
export async function keepCleanupRecord(
  job: Job,
  work: Keeping,
): Promise<void> {
  const { which, bytes, far } = work;
  const name = RECORD_FILES[which];
  await keepHere(job, work);
  const there = await readThere(job, work);
  const stands = there !== null && equalBytes(there, bytes);
  const aside = () => `${supersededDir(job.farDir, work.context.clock)}/${RECORDS_DIR}`;
  if (there !== null && !stands) {
    const names = [name, `${name}${SIGNATURE_SUFFIX}`];
    await far.session.setAside(farRecords(job), names, aside());
  }
  await keepSignature(job, work);
  if (!stands) {
    const seen = nothingSeen([name], aside());
    await far.session.putFiles(farRecords(job), new Map([[name, bytes]]), seen);
  }
  const back = await readThere(job, work);
  if (back === null || !equalBytes(back, bytes)) {
    throw new TransportError("hash_mismatch", `The ${which} did not arrive as it was sent`, {
      path: `${job.destination}/${farRecords(job)}/${name}`,
      why: back ? "it was read back and has other bytes" : "it is not there",
      hint: "look at the destination's disk; nothing was deleted for it",
    });
  }
  await far.session.flush(farRecords(job));
}

/** With the keys, which may be other ones than those that the manifest was signed with. */
async function keepSignature(job: Job, { which, bytes, ...work }: Keeping): Promise<void> {
  const what = { namespace: NAMESPACES.deletion, sha256: sha256Of(bytes) };
  const path = `${farRecords(job)}/${RECORD_FILES[which]}`;
  await keepThere(job, { ...work, kept: await signatureOf({ path, ...what }, work) });
  await rememberKeys(work);
}

type Keeping = FarWork & { readonly which: CleanupRecord; readonly bytes: Uint8Array };

async function keepHere(job: Job, { which, bytes, context }: Keeping): Promise<void> {
  const name = RECORD_FILES[which];
  const here = await readCleanupRecord(job, which);
  if (here !== null && equalBytes(here, bytes)) return;
  const dir = supersededDir(job.farDir, context.clock);
  await setAsideHere(job, { name, stamp: dir.slice(dir.lastIndexOf("/") + 1) });
  await writeFileAtomic(recordPath(job.runPath, name), bytes);
}

async function readThere(job: Job, { which, far }: Keeping): Promise<Uint8Array | null> {
  const name = RECORD_FILES[which];
  return (await far.session.getFiles(farRecords(job), [name])).get(name) ?? null;
}

function farRecords(job: Job): string {
  return `${job.farDir}/${RECORDS_DIR}`;
}
