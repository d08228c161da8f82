/** The services of an orchestrator: who pushes here, and what is said of the runs they pushed. */
import type { RoundsContext } from "../base/mod.ts";
import { sentences } from "../base/log.ts";
import type { Config, Equipment } from "../config/mod.ts";
import type { Problem } from "../gate/mod.ts";
import type { RootState } from "../intake/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  IngestFollower,
  OldRecords,
  ReceivedWatch,
  type StagingArea,
  stagingCleaner,
} from "../staging/mod.ts";
import type { Workbench } from "./workbench.ts";

export interface OrchestratingOptions extends RoundsContext {
  /** Its `equipment` grows with what is met. */
  readonly config: Config;
  readonly area: StagingArea;
  readonly bench: Workbench;
  /** An equipment that is not configured has pushed its first run; it has a destination. */
  readonly onMet: (equipment: Equipment) => void;
}

export interface Orchestrating extends AsyncDisposable {
  /** Received folders for which there is no place. */
  readonly roots: readonly RootState[];
  /** The same, as an audit tells of what it could not judge. */
  readonly unplaced: readonly Problem[];
  moved(job: Job): void;
}

export function startOrchestrating(options: OrchestratingOptions): Orchestrating {
  const { config, area, bench, onMet, onFault } = options;
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
  const onUpToDate = () => records.ring();
  const ingest = new IngestFollower({
    area,
    context,
    destinations,
    dispatcher,
    onFault,
    onUpToDate,
  });
  const cleaner = stagingCleaner({ ...options, context, area, destinations, dispatcher });
  const mayBegin = () => ingest.isUpToDate;
  const records = new OldRecords({ ...options, context, area, dispatcher, mayBegin });
  const services = config.sync.enabled ? [received, ingest, cleaner, records] : [received, ingest];
  // Who was refused the lent place is rung when it is free.
  if (config.sync.enabled) dispatcher.whenFree(() => records.ring());
  for (const service of services) service.start();
  return {
    get roots() {
      return received.roots;
    },
    get unplaced() {
      return received.problems;
    },
    moved(job) {
      ingest.follow(job);
      if (job.state === "verified") cleaner.ring();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}
