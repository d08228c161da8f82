/** The services that look after what is proven, after the disks, and after who has gone silent. */
import type { RoundsContext } from "../base/mod.ts";
import { sentences } from "../base/log.ts";
import type { Config } from "../config/mod.ts";
import {
  Cleaner,
  deletionPolicy,
  DiskWatch,
  Drills,
  LaterPasses,
  passPolicy,
  roomPolicy,
  shortestStayMs,
} from "../custody/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { Hooks } from "./hooks.ts";
import { reportHead } from "./report_feed.ts";
import { Silence } from "./silence.ts";
import type { StateDir } from "./state_dir.ts";
import type { Workbench } from "./workbench.ts";

export interface KeepingOptions extends RoundsContext {
  readonly config: Config;
  readonly bench: Workbench;
  readonly hooks: Hooks;
  readonly stateDir: StateDir;
  /** Why no copy of this run is deleted by the general cleaner; null for the others. */
  readonly held?: (job: Job) => string | null;
}

export interface Keeping extends AsyncDisposable {
  readonly disks: DiskWatch;
  readonly cleaner: Cleaner;
  /** A job moved: a run may be due for its next pass, or may go. */
  moved(job: Job): void;
}

/** Not yet started parts are started; all end with it, before what they work with. */
export function startKeeping(options: KeepingOptions): Keeping {
  const { config, bench, hooks } = options;
  const { context, destinations, dispatcher, queue } = bench;
  const keeping = { ...options, log: sentences("custody"), context, destinations, dispatcher };
  const now = () => context.clock.now();
  const passes = new LaterPasses({ ...keeping, policy: passPolicy(config) });
  const cleaner = new Cleaner({
    ...keeping,
    policy: deletionPolicy(config),
    ...(options.held ? { held: options.held } : {}),
    policyOf: (job) => Promise.resolve(options.held?.(job) ? null : deletionPolicy(config)),
    retainCache: config.nasCleanup.retainCache,
    room: roomPolicy(config),
    reportHead: (job) => reportHead(job, options.stateDir),
  });
  const disks = new DiskWatch({
    ...options,
    queue,
    now,
    staysMs: shortestStayMs(deletionPolicy(config)),
    roots: () => new Map(config.equipment.map(({ id, localRoot }) => [id, localRoot])),
    onWarning: ({ equipment }, message) => {
      keeping.log("error", message, { code: "disk_warning" });
      hooks.tell({ event: "on_disk_warning", message, equipment: equipment.join(", ") });
    },
  });
  const silence = new Silence({
    ...options,
    queue,
    now,
    expected: new Map(
      config.equipment.flatMap(({ id, expectEveryHours }) =>
        expectEveryHours === null ? [] : [[id, expectEveryHours] as const]
      ),
    ),
    onSilence: (equipment, message) => {
      keeping.log("error", message, { equipment });
      hooks.tell({ event: "on_silence", equipment, message });
    },
  });
  const drills = new Drills({
    ...keeping,
    maxBytes: config.drill.maxBytes,
    onDrill: ({ bad, sentence, equipment }) => {
      if (bad.length > 0) {
        hooks.tell({ event: "on_failed", equipment, message: `The drill: ${sentence}` });
      }
    },
  });
  const services = config.sync.enabled ? [passes, cleaner, disks, silence, drills] : [disks];
  // A drill or a mirrored history may have had the place when they wanted it.
  if (config.sync.enabled) {
    dispatcher.whenFree(() => {
      passes.ring();
      cleaner.ring();
    });
  }
  for (const service of services) service.start();
  return {
    disks,
    cleaner,
    moved({ state }) {
      if (state === "verified" || state === "cleaned") passes.ring();
      if (state === "verified") cleaner.ring();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}
