/**
 * The door to the service. Page and reports are half of the program: they are loaded when a service
 * starts, and not by a command that needs the state directory alone.
 */
import type { DaemonOptions, RunningDaemon } from "./daemon.ts";

/** @throws LabferryError `already_running`, `port_taken`, and whatever the queue says */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  const { start } = await import("./daemon.ts");
  return await start(options);
}
