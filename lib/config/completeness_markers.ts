/**
 * What the orchestrator of a staging area waits for. ExLab-Wizard takes a run whose sentinel or
 * manifest it sees for complete, so that these files have to arrive after all others.
 */
import type { Equipment } from "./config.ts";

/**
 * The files (paths below the run, with `/`) that have to be the last of a push to arrive, in the
 * order in which they have to; none where nobody at the destination waits for them.
 */
export function completenessMarkers(equipment: Equipment): readonly string[] {
  if (equipment.syncMode !== "stage") return [];
  const { completeness } = equipment;
  switch (completeness.signal) {
    case "sentinel_file":
      return completeness.filenames.map(asSlashes);
    case "manifest":
      return [asSlashes(completeness.filename)];
    case "quiet_period":
    case "manual":
    case "done":
      return [];
  }
}

/** The words ExLab-Wizard has for how a run says that it is complete; it refuses others. */
export interface StagedCompleteness {
  readonly completeness_signal?: "sentinel_file" | "manifest";
  /** One name: of several, the one that arrives last. */
  readonly sentinel_filename?: string;
  readonly manifest_filename?: string;
}

/** What `creation.json` holds for the orchestrator about a staged run's completeness. */
export function stagedCompleteness(equipment: Equipment): StagedCompleteness {
  const last = completenessMarkers(equipment).at(-1);
  if (last === undefined) return {};
  return equipment.completeness.signal === "manifest"
    ? { completeness_signal: "manifest", manifest_filename: last }
    : { completeness_signal: "sentinel_file", sentinel_filename: last };
}

/** A Windows PC may name its sentinel with backslashes; paths below a run have none. */
function asSlashes(path: string): string {
  return path.replaceAll("\\", "/");
}
