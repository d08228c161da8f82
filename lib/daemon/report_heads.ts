/** The newest place of each report's history: quoted in a heartbeat, it shows a history that was cut. */
import { LabferryError } from "../base/mod.ts";
import type { HeartbeatReport } from "../fleet/mod.ts";
import type { Queue } from "../queue/mod.ts";
import { projectReportId, ReportStore } from "../reports/mod.ts";
import type { StateDir } from "./state_dir.ts";

const MOST_PROJECTS = 300;
const LOCK_TIMEOUT_MS = 1_000;

/** By equipment: its projects' reports, and those that people made, which stand at every base. */
export async function reportHeads(
  equipment: readonly string[],
  { queue, stateDir }: {
    readonly queue: Pick<Queue, "runs">;
    readonly stateDir: Pick<StateDir, "reportsDir">;
  },
): Promise<Map<string, HeartbeatReport[]>> {
  const store = new ReportStore(stateDir.reportsDir, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  const projects = queue.runs.projects(MOST_PROJECTS);
  const ownerOf = new Map(
    equipment.flatMap((id) =>
      projects.map((project) => [projectReportId(id, project), id] as const)
    ),
  );
  const heads = new Map<string, HeartbeatReport[]>(equipment.map((id) => [id, []]));
  for (const { report_id } of await entriesOf(store)) {
    const head = await headOf(store, report_id);
    if (head === null) continue;
    const owner = ownerOf.get(report_id);
    for (const [id, own] of heads) if (owner === undefined || owner === id) own.push(head);
  }
  return heads;
}

/** A report that is damaged or being written has no head now; `report verify` tells of the damage. */
async function headOf(store: ReportStore, id: string): Promise<HeartbeatReport | null> {
  try {
    const { seq, hash } = await (await store.report(id)).chainHead();
    return { id, seq, hash };
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}

async function entriesOf(store: ReportStore): Promise<readonly { readonly report_id: string }[]> {
  try {
    return (await store.list()).entries;
  } catch (error) {
    if (error instanceof LabferryError) return [];
    throw error;
  }
}
