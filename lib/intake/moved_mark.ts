/**
 * The word in a run's old folder that its data went into the layout on another disk:
 * `.exlab-wizard/moved_to.json`. It is there from before the copy has its name until nothing is left of
 * the old folder, so that whatever is found there after a kill is never taken for another run.
 */
import * as z from "zod";
import { decodeUtf8 } from "../base/bytes.ts";
import { encodeUtf8, LabferryError } from "../base/mod.ts";
import { diskFailure, lstatOrNull, readOrNull, writeFileAtomic } from "../disk/mod.ts";
import { RECORDS_DIR } from "../records/mod.ts";

const markSchema = z.object({
  /** Where it is, or, while `copied_to` is there, was about to be. */
  moved_to: z.string(),
  /** The name of the copy until it was whole and compared. */
  copied_to: z.string(),
  /** Files and folders that stay here because they are not over there so; null: not yet known. */
  left: z.number().nullable(),
});

export type MovedMark = z.infer<typeof markSchema>;

const NAME = "moved_to.json";
/** Relative to the run's old folder. */
export const MOVED_MARK = `${RECORDS_DIR}/${NAME}`;

/** Null where there is none. @throws LabferryError `malformed_record`, and what the disk says */
export async function readMovedMark(folder: string): Promise<MovedMark | null> {
  const path = `${folder}/${MOVED_MARK}`;
  try {
    const bytes = await readOrNull(path);
    return bytes === null ? null : markSchema.parse(JSON.parse(decodeUtf8(bytes)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw new LabferryError("malformed_record", `${path} cannot be read`, {
        path,
        hint: "look whether the run is in the layout, and remove this file if it is not",
        cause: error,
      });
    }
    throw diskFailure(error, `${path} cannot be read`, path);
  }
}

export async function writeMovedMark(folder: string, mark: MovedMark): Promise<void> {
  await Deno.mkdir(`${folder}/${RECORDS_DIR}`, { recursive: true });
  await writeFileAtomic(`${folder}/${MOVED_MARK}`, encodeUtf8(`${JSON.stringify(mark)}\n`));
}

/** True when its copy has its name, and what is here is only to be removed. */
export async function isHalfMoved(folder: string): Promise<boolean> {
  const mark = await readMovedMark(folder);
  return mark !== null && mark.left === null && await lstatOrNull(mark.copied_to) === null;
}

/** What people are told of what is left. */
export function leftWords({ moved_to, left }: MovedMark): string {
  return `its data was moved to ${moved_to}; what is here still (${left}) came or changed later and stays; ` +
    `without ${MOVED_MARK} it is taken as a run of its own`;
}
