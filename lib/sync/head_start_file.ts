/**
 * `head_start.json` beside a run over there (`rules.md` 27): files of it were sent before it was complete,
 * so that what stands there may be ours although no manifest names it. That ends with the run's first
 * proof; from then on it says so, and makes nothing ours any more.
 */
import * as z from "zod";
import { encodeUtf8, LabferryError } from "../base/mod.ts";
import { parseJson } from "../base/json.ts";

/** Among the run's records, here and over there. */
export const HEAD_START_FILE = "head_start.json";

export type HeadStartThere =
  | "none"
  /** Files may be on their way. */
  | "under_way"
  /** The run was given up before it was complete; what was sent stays. */
  | "given_up"
  /** The run was proven since. */
  | "settled"
  /** Somebody's, torn, or of a newer labferry: it makes nothing ours. */
  | "unreadable";

export interface HeadStart {
  /** ISO 8601. */
  readonly at: string;
  readonly abandoned?: {
    readonly why: string;
    readonly files: number;
    readonly bytes: number;
  };
  /** The generation whose first pass found all of it whole. */
  readonly provenGeneration?: number;
}

const recordSchema = z.object({
  schema_version: z.string().regex(/^1\./),
  abandoned: z.looseObject({}).nullable(),
  proven: z.looseObject({}).nullable().optional(),
});

export const HEAD_START_NOTE =
  "Files were sent before the run was complete. They count for nothing until checksums.sha256 is here.";

export function headStartOf(bytes: Uint8Array | null): HeadStartThere {
  if (bytes === null) return "none";
  const record = readable(bytes);
  if (record === null) return "unreadable";
  if (record.proven) return "settled";
  return record.abandoned === null ? "under_way" : "given_up";
}

/** True while what stands there may have been sent ahead by whoever the folder belongs to. */
export function makesOurs(there: HeadStartThere): boolean {
  return there === "under_way" || there === "given_up";
}

export function headStartText(
  { at, abandoned, provenGeneration }: HeadStart,
): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(
    {
      schema_version: "1.0",
      written_at: at,
      note: HEAD_START_NOTE,
      abandoned: abandoned === undefined ? null : { at, ...abandoned },
      proven: provenGeneration === undefined ? null : { at, generation: provenGeneration },
    },
    null,
    2,
  );
  return encodeUtf8(`${text}\n`);
}

function readable(bytes: Uint8Array): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.safeParse(parseJson(bytes).value).data ?? null;
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}
