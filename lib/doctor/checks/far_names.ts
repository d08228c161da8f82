/** What names a destination keeps: apart by case and by form, and how long they may be. */
import { encodeUtf8, LabferryError } from "../../base/mod.ts";
import {
  type FarSession,
  isDestinationFailure,
  type NameHabits,
  probeFolder,
} from "../../transports/mod.ts";
import { ok, type Said, warning } from "../line.ts";

/** In bytes of ASCII: what nearly all take, encrypted shares (143), and a few in between. */
const LENGTHS = [255, 200, 143, 120, 64] as const;

/** The longest of some lengths that a name may have there, in bytes; 0: none of them. */
export async function longestName(session: FarSession): Promise<number> {
  const farDir = probeFolder();
  for (const length of LENGTHS) {
    const name = "n".repeat(length);
    if (await tryName(session, { farDir, name })) return length;
  }
  return 0;
}

async function tryName(
  session: FarSession,
  { farDir, name }: { readonly farDir: string; readonly name: string },
): Promise<boolean> {
  try {
    await session.putFiles(farDir, new Map([[name, encodeUtf8("labferry doctor\n")]]));
    return Boolean((await session.getFiles(farDir, [name])).get(name));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return false;
  } finally {
    await takeAway(session, { farDir, name });
  }
}

/** A name that is too long cannot even be asked for; then its folder is empty. */
async function takeAway(
  session: FarSession,
  { farDir, name }: { readonly farDir: string; readonly name: string },
): Promise<void> {
  try {
    await session.removeProbe(farDir, [name]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await session.removeProbe(farDir, []);
  }
}

/** The place answers, and takes no such name. */
function isRefusal(error: unknown): boolean {
  return error instanceof LabferryError && !isDestinationFailure(error.code);
}

export function judgeNames(
  { habits: { foldsCase, normalises }, longestBytes }: {
    readonly habits: NameHabits;
    readonly longestBytes: number;
  },
): readonly Said[] {
  return [judgeHabits(foldsCase, normalises), judgeLength(longestBytes)];
}

function judgeHabits(foldsCase: boolean | null, normalises: boolean | null): Said {
  if (foldsCase === null || normalises === null) {
    return warning({
      code: "name_refused",
      message: "it could not be found out which names it takes for one: it counts as folding case",
      hint: "see that this account may make files at the destination's base",
    });
  }
  const folds = [
    foldsCase ? "Keep.tif and keep.tif are one file there" : null,
    normalises ? "two spellings of an accented letter are one file there" : null,
  ].filter((one) => one !== null);
  if (folds.length === 0) return ok("keeps all names apart");
  return ok(`${folds.join("; ")}: a run with both is held by the gate`);
}

function judgeLength(longestBytes: number): Said {
  if (longestBytes === LENGTHS[0]) return ok(`takes names of ${longestBytes} bytes`);
  return warning({
    code: "name_too_long",
    message: longestBytes === 0
      ? `takes no name of ${LENGTHS.at(-1)} bytes`
      : `takes names of ${longestBytes} bytes, not of ${
        LENGTHS[LENGTHS.indexOf(longestBytes as typeof LENGTHS[number]) - 1]
      }`,
    hint: "longer file names cannot arrive there: an encrypted shared folder takes 143 bytes",
  });
}
