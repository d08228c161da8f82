/**
 * A report below `.labferry-fleet/<host>/reports/<id>` over there: the outline as it is, the history in
 * segments, and `trail.sha256`, which lists them for `sha256sum -c` and is signed.
 */
import { join } from "node:path";
import { encodeUtf8, equalBytes } from "../base/mod.ts";
import { entriesOf, isThere, readOrNull } from "../disk/mod.ts";
import { NAMESPACES, sha256Of } from "../evidence/mod.ts";
import type { Job } from "../queue/mod.ts";
import { type FarWork, keepThere, type KeptThere, rememberKeys, signatureOf } from "../sync/mod.ts";
import { type SetAside, setAside } from "./run_trail.ts";
import { extendThere, NoBeginning, segmentName, segmentsOf } from "./segments.ts";

const OUTLINE = "outline.json";
const AUDIT = "audit.jsonl";
const LIST = "trail.sha256";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface LocalReport {
  readonly id: string;
  /** The project's instrument; null for a report that a person made. */
  readonly equipmentId: string | null;
  readonly outline: Uint8Array;
  readonly audit: Uint8Array;
  /** Of both: another one is another state of the report. */
  readonly digest: string;
}

/** The ids of all reports here. */
export async function reportIds(reportsDir: string): Promise<string[]> {
  const folder = join(reportsDir, "by_id");
  if (!await isThere(folder)) return [];
  return (await entriesOf(folder)).map(({ name }) => name).filter((name) => UUID.test(name)).sort();
}

/** Null when it is not whole: one that is just being made is there the next time. */
export async function readReport(reportsDir: string, id: string): Promise<LocalReport | null> {
  const folder = join(reportsDir, "by_id", id);
  // The history first: an outline that is newer than it is told of by the next round.
  const audit = await readOrNull(join(folder, AUDIT));
  const outline = await readOrNull(join(folder, OUTLINE));
  if (audit === null || outline === null) return null;
  const whole = audit.subarray(0, audit.lastIndexOf(0x0a) + 1);
  const digest = `${sha256Of(outline)} ${sha256Of(whole)}`;
  return { id, equipmentId: equipmentOf(outline), outline, audit: whole, digest };
}

/** The report that goes there with one of its runs' works; null when it stands there by now. */
export async function mirrorReport(
  { id, outline, audit }: LocalReport,
  work: FarWork & { readonly job: Job },
): Promise<SetAside | null> {
  const farDir = `.labferry-fleet/${work.context.host.split(".")[0]!.toLowerCase()}/reports/${id}`;
  const segments = segmentsOf(audit);
  const outcome = await extendThere({ farDir, name: AUDIT, segments }, work);
  if (outcome instanceof NoBeginning) return await setAside({ farDir, name: outcome.name }, work);
  const list = encodeUtf8([
    ...segments.map((bytes, i) => `${sha256Of(bytes)}  ${segmentName(AUDIT, i)}\n`),
    `${sha256Of(outline)}  ${OUTLINE}\n`,
  ].join(""));
  const what = { namespace: NAMESPACES.trail, sha256: sha256Of(list) };
  const kept = new Map([
    [`${farDir}/${OUTLINE}`, exactly(outline)],
    [`${farDir}/${LIST}`, exactly(list)],
    ...await signatureOf({ path: `${farDir}/${LIST}`, ...what }, work),
  ]);
  await keepThere(work.job, { ...work, kept });
  await rememberKeys(work);
  return null;
}

function exactly(bytes: Uint8Array): KeptThere {
  return {
    make: () => Promise.resolve(bytes),
    isGood: (there) => equalBytes(there, bytes),
  };
}

/** What the service wrote into the reports that it keeps. */
function equipmentOf(outline: Uint8Array): string | null {
  try {
    const { metadata } = JSON.parse(new TextDecoder().decode(outline)) as {
      metadata?: { labferry?: { equipment?: unknown } };
    };
    const equipment = metadata?.labferry?.equipment;
    return typeof equipment === "string" ? equipment : null;
  } catch (error) {
    // One that cannot be read goes as it is: the trail keeps bytes, `report verify` judges them.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
