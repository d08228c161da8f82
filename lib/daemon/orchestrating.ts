/** The services of an orchestrator: who pushes here, and what is said of the runs they pushed. */
import type { RoundsContext } from "../base/mod.ts";
import { sentences } from "../base/log.ts";
import type { Config, Equipment } from "../config/mod.ts";
import type { RootState } from "../intake/mod.ts";
import type { Job } from "../queue/mod.ts";
import { IngestFollower, ReceivedWatch, StagingArea } from "../staging/mod.ts";
import type { Workbench } from "./workbench.ts";

export interface OrchestratingOptions extends RoundsContext {
  /** Its `equipment` grows with what is met. */
  readonly config: Config;
  readonly bench: Workbench;
  /** An equipment that is not configured has pushed its first run; it has a destination. */
  readonly onMet: (equipment: Equipment) => void;
}

export interface Orchestrating extends AsyncDisposable {
  /** Received folders for which there is no place. */
  readonly roots: readonly RootState[];
  moved(job: Job): void;
}

/** Null for a PC that collects for nobody. */
export async function startOrchestrating(
  options: OrchestratingOptions,
): Promise<Orchestrating | null> {
  const { config, bench, onMet, onFault } = options;
  const area = await StagingArea.of(config);
  if (area === null) return null;
  const { destinations, dispatcher } = bench;
  const context = { ...bench.context, log: sentences("staging") };
  const received = new ReceivedWatch({
    config,
    context,
    onMet: (equipment) => {
      bench.addDestination(equipment);
      onMet(equipment);
    },
    onFault,
  });
  const ingest = new IngestFollower({ area, context, destinations, dispatcher, onFault });
  const services = [received, ingest];
  for (const service of services) service.start();
  return {
    get roots() {
      return received.roots;
    },
    moved: (job) => ingest.follow(job),
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}
