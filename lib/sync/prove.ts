/**
 * One pass: every file of the generation, hashed over there with a new connection, compared with
 * what was hashed here. The identity is read before and after. A check that could not be made is an
 * error, never a pass.
 */
import * as z from "zod";
import type { Job, PassSummary, Verification } from "../queue/mod.ts";
import { type FarEntry, TransportError } from "../transports/mod.ts";
import { accountOf } from "./account.ts";
import type { EarlyProof } from "./early_proof.ts";
import { type Extra, findExtra } from "./extra.ts";
import { type FarPass, farPass } from "./far_pass.ts";
import { hashUnhashed } from "./hash_unhashed.ts";
import { hashLocal, refuseChanged } from "./local_hash.ts";
import { compareOrigin } from "./origin.ts";
import type { FarWork, Work } from "./work.ts";

export interface Comparison {
  /** As it was compared. */
  readonly job: Job;
  readonly pass: FarPass["pass"];
  readonly summary: PassSummary;
  readonly verification: Verification;
  readonly extraCount: number;
  /** No byte of it can have come from this computer's memory (`FarHashOutcome.isFromThere`). */
  readonly isFromThere: boolean;
  /** Every file of the list matched, with a strength that proves something. */
  readonly clean: boolean;
}

export interface CompareWork extends FarWork {
  /** Links and odd files the walk met; they are named in the verification. */
  readonly skipped: readonly string[];
  /** What the run has and its copy does not. */
  readonly notes?: readonly string[];
  readonly dropCache?: boolean;
  /** What was hashed over there beside the push; its connection is `far`. */
  readonly early?: EarlyProof | null;
}

export async function compare(job: Job, work: CompareWork): Promise<Comparison> {
  const { context } = work;
  await hashUnhashed(job, work);
  const origin = await compareOrigin(job, work);
  // That of the proof beside the push was asked just now.
  if (!work.early) await work.far.confirm();
  work.onReached();
  const { pass, strength, notes, isFromThere, extra } = await hashAndList(job, work);
  await work.far.confirm();
  const summary = await context.queue.passes.summary(pass);
  const verification: Verification = {
    strength,
    matched: summary.matched,
    mismatched: summary.mismatched.names,
    missing: summary.missing.names,
    extra: extra.strangers.names,
    skipped: work.skipped,
    notes: [...notes, ...sentNotes(job, work), ...work.notes ?? []],
    at: context.clock.now().toISOString(),
    ...(origin ? { origin } : {}),
    account: await accountOf(job, { litter: extra.litter, queue: context.queue }),
  };
  const clean = summary.files > 0 && summary.matched === summary.files && strength !== "size_only";
  const extraCount = extra.strangers.count;
  return { job, pass, summary, verification, extraCount, isFromThere, clean };
}

/**
 * Every file hashed over there, and a listing after the last of them. What was hashed beside the
 * push and is not as it was then is hashed again.
 */
async function hashAndList(job: Job, work: CompareWork): Promise<FarPass & { extra: Extra }> {
  const early = work.early ?? null;
  const proving = {
    ...work,
    phase: "proving",
    ...(early ? { pass: early.pass, done: early.done } : {}),
  } as const;
  const first = await farPass(job, proving);
  const { pass, notes } = first;
  const touched: string[] = [];
  const onEntry = (entry: FarEntry) => {
    if (early?.isTouched(entry)) touched.push(entry.path);
  };
  const extra = await findExtra(job, { ...work, onEntry });
  if (early === null) return { ...first, extra };
  const again = [...touched, ...early.notListed()];
  const allNotes = new Set([...early.notes, ...notes]);
  if (again.length === 0) return { ...first, notes: [...allNotes], extra };
  work.context.queue.passes.forget(pass, again);
  const last = await farPass(job, { ...proving, pass });
  for (const note of last.notes) allNotes.add(note);
  return { ...last, notes: [...allNotes], extra };
}

const sentSchema = z.object({ notes: z.array(z.string()) });

/** What the pushes of this generation could not have over there is said beside the proof. */
function sentNotes(job: Job, { context: { queue } }: Work): string[] {
  const said = queue.timeline.ofGeneration(job, ["pushed"])
    .flatMap(({ detail }) => sentSchema.safeParse(detail).data?.notes ?? []);
  return [...new Set(said)];
}

/**
 * Before anything is sent again after a mismatch, the local files concerned are read once more: if
 * they are not what they were, sending them would replace good bytes with bad ones.
 *
 * @throws TransportError `local_copy_damaged`
 */
export async function rehashDiffering(
  { job, pass }: Pick<Comparison, "job" | "pass">,
  { context, signal }: Work,
): Promise<string[]> {
  const paths: string[] = [];
  for (const result of ["mismatched", "missing"] as const) {
    const differing = context.queue.files(job.id).list({ pass: pass.id, result });
    const present = async function* () {
      for await (const file of differing) if (!file.localMissing) yield file;
    };
    for await (const batch of hashLocal(job.dataDir, present(), { context, signal })) {
      refuseChanged(job, context.queue.files(job.id).setHashes(batch));
      paths.push(...batch.map(({ path }) => path));
    }
  }
  return paths;
}

/** The failure a comparison that is not clean amounts to. */
export function mismatchError({ job, summary, verification }: Comparison): TransportError {
  const { mismatched, missing } = summary;
  const example = verification.mismatched[0] ?? verification.missing[0] ?? "";
  return new TransportError("hash_mismatch", "The far copy is not what was sent", {
    path: `${job.destination}/${job.farDir}`,
    why: `${
      mismatched.count === 1 ? "1 file differs" : `${mismatched.count} files differ`
    } and ${missing.count} ${missing.count === 1 ? "is" : "are"} missing, e.g. ${
      JSON.stringify(example)
    }`,
    hint:
      "look at the destination's disk and network; `labferry retry RUN` sends exactly those files again",
  });
}
