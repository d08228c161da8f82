/**
 * One pass: every file of the generation, hashed over there with a new connection, compared with
 * what was hashed here. The identity is read before and after. A check that could not be made is an
 * error, never a pass.
 */
import type { Job, PassSummary, Verification } from "../queue/mod.ts";
import { MAX_LISTED } from "../queue/mod.ts";
import { isRecordPath } from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { FarConnection } from "./far_connection.ts";
import { type FarPass, farPass } from "./far_pass.ts";
import { hashLocal } from "./local_hash.ts";
import { hashUnhashed, refuseChanged } from "./send.ts";
import type { Work } from "./work.ts";

export interface Comparison {
  readonly pass: FarPass["pass"];
  readonly summary: PassSummary;
  readonly verification: Verification;
  readonly extraCount: number;
  /** Every file of the list matched, with a strength that proves something. */
  readonly clean: boolean;
}

export interface CompareOptions {
  /** Links and odd files the walk met; they are named in the verification. */
  readonly skipped: readonly string[];
  readonly dropCache?: boolean;
}

export async function compare(
  job: Job,
  far: FarConnection,
  work: Work,
  options: CompareOptions,
): Promise<Comparison> {
  const { doors } = work;
  await hashUnhashed(job, work);
  await far.confirm();
  const { pass, strength, notes } = await farPass(job, far, work, {
    phase: "proving",
    dropCache: options.dropCache ?? false,
  });
  const extra = await findExtra(job, far, work);
  await far.confirm();
  const summary = doors.queue.passSummary(pass);
  const verification: Verification = {
    strength,
    matched: summary.matched,
    mismatched: summary.mismatched.names,
    missing: summary.missing.names,
    extra: extra.names,
    skipped: options.skipped,
    notes,
  };
  const clean = summary.files > 0 && summary.matched === summary.files && strength !== "size_only";
  return { pass, summary, verification, extraCount: extra.count, clean };
}

/** Files over there that are not in the list: reported, never touched. */
async function findExtra(
  job: Job,
  far: FarConnection,
  { doors }: Work,
): Promise<{ names: string[]; count: number }> {
  const names: string[] = [];
  let count = 0;
  for await (const { path } of far.session.list(job.farDir)) {
    if (isRecordPath(path) || doors.queue.hasFile(job.id, path)) continue;
    count++;
    if (names.length < MAX_LISTED) names.push(path);
  }
  return { names: names.sort(), count };
}

/**
 * Before anything is sent again after a mismatch, the local files concerned are read once more: if
 * they are not what they were, sending them would replace good bytes with bad ones.
 *
 * @throws TransportError `local_copy_damaged`
 */
export async function rehashDiffering(
  job: Job,
  { pass }: Pick<Comparison, "pass">,
  work: Work,
): Promise<string[]> {
  const { doors, signal } = work;
  const paths: string[] = [];
  for (const result of ["mismatched", "missing"] as const) {
    const differing = doors.queue.files(job.id, { pass: pass.id, result });
    const present = function* () {
      for (const file of differing) if (!file.localMissing) yield file;
    };
    for await (const batch of hashLocal(job.runPath, present(), { doors, signal })) {
      refuseChanged(job, doors.queue.setHashes(job.id, batch));
      paths.push(...batch.map(({ path }) => path));
    }
  }
  return paths;
}

/** The failure a comparison that is not clean amounts to. */
export function mismatchError(job: Job, { summary, verification }: Comparison): TransportError {
  const { mismatched, missing } = summary;
  const example = verification.mismatched[0] ?? verification.missing[0] ?? "";
  return new TransportError("hash_mismatch", "The far copy is not what was sent", {
    path: `${job.destination}/${job.farDir}`,
    why: `${mismatched.count} files differ and ${missing.count} are missing, e.g. ${
      JSON.stringify(example)
    }`,
    hint:
      "look at the destination's disk and network; `labferry retry` sends exactly those files again",
  });
}
