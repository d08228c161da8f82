/** A proven run's timeline beside the run over there: `.exlab-wizard/history.jsonl`, signed. */
import { randomBytes } from "node:crypto";
import { encodeUtf8 } from "../base/mod.ts";
import { NAMESPACES, sha256Of, SIGNATURE_SUFFIX } from "../evidence/mod.ts";
import type { Job, JobEvent, Queue } from "../queue/mod.ts";
import { RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import {
  type FarWork,
  isGoodSignature,
  keepThere,
  rememberKeys,
  signatureOf,
  supersededDir,
} from "../sync/mod.ts";
import { extendThere, NoBeginning, segmentName, segmentsOf } from "./segments.ts";

const HISTORY = "history.jsonl";
const PAGE = 5_000;
/** A first line has a few hundred bytes. */
const BOOK = /^\{"book":"([0-9a-f]{8})"/;

/** Where over there something stood that is no beginning of ours, and where it is now. */
export interface SetAside {
  readonly path: string;
  readonly into: string;
}

/** Null when it stands there as it is here, or does by now. */
export async function mirrorRun(job: Job, work: FarWork): Promise<SetAside | null> {
  const { context: { queue }, far } = work;
  const farDir = `${job.farDir}/${RECORDS_DIR}`;
  const book = bookOf(queue);
  const segments = segmentsOf(historyOf(job, queue));
  const names = [HISTORY, `${HISTORY}${SIGNATURE_SUFFIX}`, RECORD_FILES.transfer];
  const there = await far.session.getFiles(farDir, names);
  // A far folder that is gone is a pass's to find; a history alone would look like a run.
  if ((there.get(RECORD_FILES.transfer) ?? null) === null) return null;
  const old = there.get(HISTORY) ?? null;
  const oldBook = old && (BOOK.exec(new TextDecoder().decode(old.subarray(0, 100)))?.[1] ?? null);
  let name = HISTORY;
  if (old !== null && oldBook !== book) {
    const signature = there.get(`${HISTORY}${SIGNATURE_SUFFIX}`) ?? null;
    const what = { namespace: NAMESPACES.trail, sha256: sha256Of(old) };
    const isGood = signature !== null && await isGoodSignature(signature, { ...work, what });
    if (oldBook === null || !isGood) return await setAside({ farDir, name }, work);
    name = `history-${book}.jsonl`;
  }
  const outcome = await extendThere({ farDir, name, segments }, work);
  if (outcome instanceof NoBeginning) return await setAside({ farDir, name: outcome.name }, work);
  const last = segments.length - 1;
  const path = `${farDir}/${segmentName(name, last)}`;
  const what = { namespace: NAMESPACES.trail, sha256: sha256Of(segments[last]!) };
  await keepThere(job, { ...work, kept: await signatureOf({ path, ...what }, work) });
  await rememberKeys(work);
  return null;
}

/** With its signature; what is ours goes there with the next round. */
export async function setAside(
  { farDir, name }: { readonly farDir: string; readonly name: string },
  { context, far }: FarWork,
): Promise<SetAside> {
  const into = supersededDir(farDir, context.clock);
  await far.session.setAside(farDir, [name, `${name}${SIGNATURE_SUFFIX}`], into);
  return { path: `${farDir}/${name}`, into };
}

/**
 * One event a line, oldest first: `{"book","seq","at","kind","from","to","generation","detail"}`. Nothing
 * of a timeline ever changes, so a longer one begins with the very bytes of a shorter one.
 */
function historyOf({ id }: Job, queue: Queue): Uint8Array {
  const book = bookOf(queue);
  const lines: string[] = [];
  for (let after = 0;;) {
    const events: JobEvent[] = queue.timeline.of(id, { afterSeq: after, limit: PAGE });
    for (const { seq, at, kind, fromState, toState, generation, detail } of events) {
      const line = { book, seq, at, kind, from: fromState, to: toState, generation, detail };
      lines.push(`${JSON.stringify(line)}\n`);
    }
    if (events.length < PAGE) return encodeUtf8(lines.join(""));
    after = events.at(-1)!.seq;
  }
}

/** Tells this queue's book from that of one that was lost. */
function bookOf({ meta }: Queue): string {
  const known = meta.get("trail:book");
  if (known !== null) return known;
  const made = randomBytes(4).toString("hex");
  meta.set("trail:book", made);
  return made;
}
