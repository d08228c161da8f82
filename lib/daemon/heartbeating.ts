/** The heartbeat of this service, and what follows from another one with the same id. */
import type { RoundsContext } from "../base/mod.ts";
import { sentences } from "../base/log.ts";
import type { Config } from "../config/mod.ts";
import type { LocalControl } from "../control/mod.ts";
import { HeartbeatBook } from "./heartbeat_book.ts";
import { hostPulse } from "./heartbeat_facts.ts";
import { Heartbeats } from "./heartbeats.ts";
import { pingOf } from "./heartbeat_ping.ts";
import type { Hooks } from "./hooks.ts";
import { readInstallation } from "./installation.ts";
import { reportHeads } from "./report_heads.ts";
import type { StateDir } from "./state_dir.ts";
import type { Workbench } from "./workbench.ts";

export interface HeartbeatingOptions extends RoundsContext {
  readonly config: Config;
  readonly bench: Workbench;
  readonly control: LocalControl;
  readonly hooks: Hooks;
  readonly stateDir: StateDir;
  readonly configSha256?: string;
}

/** Not started. */
export function heartbeating(options: HeartbeatingOptions): Heartbeats {
  const { config, bench, control, hooks, stateDir } = options;
  const { context, destinations, dispatcher, queue } = bench;
  const log = sentences("fleet");
  const book = new HeartbeatBook(queue);
  const installation = () => readInstallation(stateDir, context.clock);
  const startedMs = context.clock.monotonicMs();
  return new Heartbeats({
    ...options,
    log,
    context: { ...context, log },
    destinations,
    isUp: (name) => dispatcher.breakers.isUp(name),
    everyMs: config.fleet.heartbeatSeconds * 1_000,
    pulse: () =>
      hostPulse({
        ...options,
        context,
        control,
        installation,
        reports: () => reportHeads([...destinations.keys()], { queue, stateDir }),
        startedMs,
      }),
    onAway: (name) => void dispatcher.doubt(name),
    onBeat: (pulse) => hooks.tell(pingOf(pulse)),
    onTwice: async (equipmentId, host) => {
      const at = context.clock.now().toISOString();
      const { id, keptAt } = await installation();
      book.hold({ at, id, keptAt, equipmentId, host });
      const message = `another labferry with this one's id writes at ${equipmentId}'s destination`;
      log("error", `${message}; nothing is sent or deleted`, { code: "installation_twice", host });
      hooks.tell({
        event: "on_failed",
        equipment: equipmentId,
        message: `installation_twice: ${message}`,
      });
      dispatcher.ring();
    },
  });
}
