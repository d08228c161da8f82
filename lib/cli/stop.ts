/** `labferry stop`: ends the service that runs here, in order, and waits until it is gone. */
import { LabferryError, systemClock } from "../base/mod.ts";
import { daemonControl, isHeld, type StateDir } from "../daemon/mod.ts";
import type { CliContext } from "./context.ts";
import { stateDirOf } from "./settings.ts";

/** It needs ten seconds at most; on a busy computer, some more. */
const LIMIT_MS = 60_000;
const LOOK_MS = 100;

export async function stop(context: CliContext): Promise<void> {
  const stateDir = await stateDirOf(context, { reading: true });
  const wasRunning = isHeld(stateDir);
  if (wasRunning) {
    await (await daemonControl(stateDir)).stop();
    await gone(stateDir, context.signal);
  }
  if (context.options.json) return context.printJson({ stopped: wasRunning });
  context.print(wasRunning ? "labferry has stopped." : "No labferry daemon is running here.");
}

async function gone(stateDir: StateDir, signal: AbortSignal): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  while (isHeld(stateDir)) {
    if (systemClock.monotonicMs() - startedMs > LIMIT_MS) {
      throw new LabferryError("daemon_silent", "labferry did not end", {
        why: `it was asked to, and is still there after ${LIMIT_MS / 1_000} s`,
        hint: "see app.log; whatever ends it, what it was sending goes on at the next start",
        path: stateDir.path,
      });
    }
    await systemClock.sleep(LOOK_MS, signal);
  }
}
