/**
 * The drills of an instrument at its destination: `.labferry-fleet/<host>/drills-<8 of id>.tsv`, the lines of
 * `drills.tsv` that are its own, each with its signature. A drill proves the way back most to somebody
 * who has no PC to ask any more.
 */
import { join } from "node:path";
import { decodeUtf8, encodeUtf8 } from "../base/mod.ts";
import { readOrNull } from "../disk/mod.ts";
import { sha256Of } from "../evidence/mod.ts";
import { type FarWork, rememberKeys } from "../sync/mod.ts";
import { type SetAside, setAside } from "./run_trail.ts";
import { extendThere, NoBeginning, segmentsOf } from "./segments.ts";

export interface LocalDrills {
  /** Whole lines of this equipment, oldest first. */
  readonly text: Uint8Array;
  /** Another one is another state. */
  readonly digest: string;
}

/** Null while there was none. */
export async function readDrills(
  stateDir: string,
  equipmentId: string,
): Promise<LocalDrills | null> {
  const bytes = await readOrNull(join(stateDir, "drills.tsv"));
  if (bytes === null) return null;
  const lines = decodeUtf8(bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)).split("\n");
  const own = lines.filter((line) => equipmentOf(line) === equipmentId);
  if (own.length === 0) return null;
  const text = encodeUtf8(own.map((line) => `${line}\n`).join(""));
  return { text, digest: sha256Of(text) };
}

/** Null when it stands there by now. */
export async function mirrorDrills({ text }: LocalDrills, work: FarWork): Promise<SetAside | null> {
  const { context } = work;
  const host = context.host.split(".")[0]!.toLowerCase();
  const farDir = `.labferry-fleet/${host}`;
  const name = `drills-${(await context.installation()).slice(0, 8)}.tsv`;
  const outcome = await extendThere({ farDir, name, segments: segmentsOf(text) }, work);
  if (outcome instanceof NoBeginning) return await setAside({ farDir, name: outcome.name }, work);
  await rememberKeys(work);
  return null;
}

function equipmentOf(line: string): unknown {
  try {
    return (JSON.parse(line.split("\t")[0]!) as { equipment?: unknown }).equipment;
  } catch (error) {
    // A line that was cut off, or that somebody else wrote, is nobody's drill.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
