/**
 * What labferry itself keeps in a run's `creation.json`: one block at the top level. ExLab-Wizard's
 * writer carries unknown keys over at the top level only, so that anywhere deeper they are lost by
 * its first write.
 */
import * as z from "zod";

const leftOut = z.looseObject({
  generation: z.number(),
  at: z.string(),
  by: z.string(),
  reason: z.string(),
  /** Paths below the run, with `/`. */
  names: z.array(z.string()),
  /** Those of them that were over there with other bytes, and were left so. */
  differing: z.array(z.string()).optional(),
});

const origin = z.looseObject({
  matched: z.number(),
  differs: z.number(),
  not_stated: z.number(),
});

export const ownFieldsSchema = z.looseObject({
  /** `<EQUIPMENT_ID>/<project>/Runs/<leaf>`: where a run that lies outside the tree belongs. */
  layout: z.string().nullish(),
  /** How a run reaches the staging area of an orchestrator, in the words of `ingest.json`. */
  staged_by: z.string().nullish(),
  /** True: the local copy stays, whatever else would let it go. */
  pinned: z.boolean().nullish(),
  /** How the run ended, as its instrument told: `completed`, `aborted`, `failed` or `unknown`. */
  outcome: z.string().nullish(),
  /** What the instrument states of its files, compared with what was read here. */
  origin: origin.nullish(),
  /** Files that a named person agreed to go on without, one entry a decision. */
  left_out: z.array(leftOut).nullish(),
});

/** The `labferry` block; a newer labferry may keep more in it. */
export type OwnFields = z.infer<typeof ownFieldsSchema>;

/** The fields that can be set after the first write. */
export interface OwnFieldsDraft {
  readonly layout?: string;
  readonly staged_by?: string;
  readonly pinned?: boolean;
  readonly outcome?: string;
  readonly origin?: z.infer<typeof origin>;
  readonly left_out?: readonly z.infer<typeof leftOut>[];
}

interface Recorded {
  readonly labferry?: OwnFields | null | undefined;
  readonly paths: { readonly layout?: string | null | undefined };
}

/** The layout path a record names: in our block, or where older versions wrote it; null for none. */
export function recordedLayout({ labferry, paths }: Recorded): string | null {
  return labferry?.layout ?? paths.layout ?? null;
}
