/** The seals a run has had, oldest first. */
import type { Connection } from "./connection.ts";
import { jobNumber } from "./job_lookup.ts";
import type { Generation } from "./types.ts";

export function generationsOf(connection: Connection, jobId: string): Generation[] {
  return connection.all<GenerationRow>(
    "SELECT * FROM generations WHERE job = ? ORDER BY generation",
    [jobNumber(connection, jobId)],
  ).map((row) => ({
    jobId,
    generation: row.generation,
    reason: row.reason,
    sealedBy: row.sealed_by,
    sealedAt: row.sealed_at,
    files: row.files,
    bytes: row.bytes,
    evidence: JSON.parse(row.evidence),
  }));
}

interface GenerationRow {
  readonly generation: number;
  readonly reason: string;
  readonly sealed_by: string;
  readonly sealed_at: string;
  readonly files: number;
  readonly bytes: number;
  readonly evidence: string;
}
