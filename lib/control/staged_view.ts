/** A received run as `staging list` and the API show it; a contract as `views.ts` is. */
import type { IngestState } from "../records/mod.ts";
import type { JobView } from "./views.ts";

export interface StagedView {
  readonly run_path: string;
  readonly equipment_id: string;
  /** In the words of `ingest.json`. */
  readonly state: IngestState;
  readonly files: number;
  readonly bytes: number;
  /** Since when it is so, as far as is known. */
  readonly since: string;
  /** While it is still arriving. */
  readonly waits_for: string | null;
  readonly job: JobView | null;
}
