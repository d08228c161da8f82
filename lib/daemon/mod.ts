/**
 * daemon: the wiring. Here, and only here, transports get their names, the configuration becomes
 * places, and services are started and stopped in order. Commands reach labferry through
 * `openControl`, which finds a running daemon or answers from the queue itself.
 *
 * Terms. **State directory**: queue, known destinations, token, logs; held by one daemon at a time.
 * **Rebuild**: a queue made anew from records.
 */
export type { DaemonOptions, RunningDaemon } from "./daemon.ts";
export { startDaemon } from "./start_daemon.ts";
export { syncContext, type SyncContextOptions } from "./sync_context.ts";
export {
  type Installation,
  installationMoved,
  keepInstallation,
  newIdentity,
  readInstallation,
  refuseMoved,
} from "./installation.ts";
export { daemonControl, openControl, type OpenedControl } from "./open_control.ts";
export { ceilingNow, destinationsOf, markingWords, rememberedIdentity } from "./destinations.ts";
export { allRuns, rebuildQueue, type Rebuilt } from "./rebuild.ts";
export { replacedWords } from "./kept_file.ts";
export { takeNotice } from "./service_manager.ts";
export { makeScratch, sweepScratch } from "./scratch.ts";
export { isHeld, openStateDir, readServerInfo, type StateDir } from "./state_dir.ts";
export { whoElseLooksAfter } from "./tree_look.ts";
export { createTransport, type TransportChoice } from "./transport_wiring.ts";
