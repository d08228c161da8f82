/**
 * How a run that another PC pushed says that it is complete. The PC that pushes knows its instrument:
 * what its `creation.json` says in the `orchestrator` block comes before this PC's configuration.
 */
import { LabferryError } from "../base/mod.ts";
import { type Completeness, isInnerPath } from "../config/mod.ts";
import { isThere } from "../disk/mod.ts";
import { type Creation, readCreation, RECORD_FILES, recordPath } from "../records/mod.ts";

/** A configured signal, or the word of another labferry. */
export type AwaitedSignal = Completeness | { readonly signal: "handed_over" };

/** `configured`: what holds for a run that says nothing of itself. */
export async function receivedSignal(
  runPath: string,
  configured: Completeness,
): Promise<AwaitedSignal> {
  const said = signalIn(await orchestratorOf(runPath));
  if (said) return said;
  // Only a labferry that pushes leaves it beside a run.
  const isPushed = await isThere(recordPath(runPath, RECORD_FILES.transfer));
  return isPushed ? { signal: "handed_over" } : configured;
}

function signalIn(block: Creation["orchestrator"]): Completeness | null {
  if (block?.completeness_signal === "manifest" && isInner(block.manifest_filename)) {
    return { signal: "manifest", filename: slashed(block.manifest_filename) };
  }
  if (block?.completeness_signal !== "sentinel_file") return null;
  const names = [block.sentinel_filename ?? []].flat();
  if (names.length === 0 || !names.every(isInner)) return null;
  return { signal: "sentinel_file", filenames: names.map(slashed) };
}

/** The record came from another computer: what it names must not lead out of the run. */
function isInner(name: string | null | undefined): name is string {
  return typeof name === "string" && name !== "" && isInnerPath(name);
}

function slashed(name: string): string {
  return name.replaceAll("\\", "/");
}

/** Null where there is no record, or none that can be read: the gate tells of it. */
async function orchestratorOf(runPath: string): Promise<Creation["orchestrator"]> {
  try {
    return (await readCreation(recordPath(runPath, RECORD_FILES.creation))).orchestrator;
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return null;
  }
}
