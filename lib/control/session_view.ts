/** A session over several PCs as people and scripts read it. */
import type { SessionStanding } from "../sessions/mod.ts";

export interface SessionView {
  readonly id: string;
  /** Every part that is named has runs, and all of them are proven. */
  readonly complete: boolean;
  readonly parts: readonly SessionPartView[];
  /** What could not be read at the bases. */
  readonly faults: readonly string[];
}

export interface SessionPartView {
  readonly equipment_id: string;
  readonly state: "proven" | "sealed" | "missing";
  /** Null for a part that nobody has spoken of. */
  readonly host: string | null;
  readonly written_at: string | null;
  readonly runs: readonly {
    readonly far_path: string;
    readonly state: "sealed" | "proven";
    readonly generation: number;
    readonly files: number;
    readonly bytes: number;
    readonly sealed_at: string | null;
    readonly proven_at: string | null;
  }[];
}

export function sessionView({ id, isComplete, standing, faults }: SessionStanding): SessionView {
  return {
    id,
    complete: isComplete,
    parts: standing.map(({ equipment, state, part }) => ({
      equipment_id: equipment,
      state,
      host: part?.host || null,
      written_at: part?.writtenAt || null,
      runs: (part?.runs ?? []).map((run) => ({
        far_path: run.farPath,
        state: run.state,
        generation: run.generation,
        files: run.files,
        bytes: run.bytes,
        sealed_at: run.sealedAt,
        proven_at: run.provenAt,
      })),
    })),
    faults,
  };
}

/** `2 of 3 parts are proven; it waits for PROBE_02 (sealed)`. */
export function sessionWords({ complete, parts }: SessionView): string {
  if (complete) return `complete: all ${parts.length} parts are proven`;
  const proven = parts.filter(({ state }) => state === "proven").length;
  const waits = parts.filter(({ state }) => state !== "proven").map(({ equipment_id, state }) =>
    state === "sealed" ? `${equipment_id} (being sent)` : `${equipment_id} (nothing yet)`
  );
  return `${proven} of ${parts.length} parts are proven; it waits for ${waits.join(", ")}`;
}
