/** When each instrument's proven files last came back as they were proven, as the drills' book says. */
import { join } from "node:path";
import type { DrillOutcome } from "./drill.ts";

/** Lines are about a kilobyte, one a week and instrument: years of them. */
const MOST_READ_BYTES = 1 << 20;

/**
 * The last drill of each instrument that brought files back and found none of them otherwise; by its id,
 * in milliseconds since 1970. An instrument without one is missing.
 */
export async function lastGoodDrills(stateDir: string): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const line of (await endOf(join(stateDir, "drills.tsv"))).split("\n")) {
    const drill = drillOf(line.split("\t")[0]!);
    if (drill === null || drill.bad.length > 0 || drill.files === 0) continue;
    const atMs = Date.parse(drill.at);
    // A clock that was set back wrote a later drill with an earlier time.
    if (atMs > (found.get(drill.equipment) ?? 0)) found.set(drill.equipment, atMs);
  }
  return found;
}

type WrittenDrill = Pick<DrillOutcome, "equipment" | "files" | "bad"> & { readonly at: string };

/** Null for half a line, which a power cut leaves, and for what somebody else wrote there. */
function drillOf(text: string): WrittenDrill | null {
  try {
    const { at, equipment, files, bad } = JSON.parse(text) ?? {};
    const isDrill = typeof at === "string" && typeof equipment === "string" &&
      typeof files === "number" && Array.isArray(bad);
    return isDrill ? { at, equipment, files, bad } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function endOf(path: string): Promise<string> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - MOST_READ_BYTES), Deno.SeekMode.Start);
    // A character that was cut in two is in the line that was cut, which is passed over.
    return await new Response(file.readable).text();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
