/** Commands run on events: program and arguments, no shell; placeholders are filled inside arguments. */
import { logger } from "../base/log.ts";
import type { HookSettings } from "../config/mod.ts";
import { jobToken, runTool } from "../process/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { Effect } from "../jobs/mod.ts";

/** A notifier that hangs must not hold up a run's step for longer. */
const HOOK_LIMIT_MS = 30_000;

export interface HookCall {
  readonly job: Job;
  readonly effect: Effect & { type: "tell" };
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Runs the hook of the event if there is one; a hook that fails is logged, never the run's fault. */
export async function runHook(
  hooks: HookSettings,
  { job, effect, token, signal }: HookCall,
): Promise<void> {
  const command = hooks[`on_${effect.event}`];
  const [program, ...args] = command ?? [];
  if (program === undefined) return;
  const values: Readonly<Record<string, string>> = {
    event: effect.event,
    run: job.runPath,
    equipment: job.equipmentId,
    message: effect.message,
  };
  const outcome = await runTool({
    command: program,
    args: args.map((arg) =>
      arg.replace(/\{(event|run|equipment|message)\}/g, (_, name: string) => values[name] ?? "")
    ),
    timeoutMs: HOOK_LIMIT_MS,
    signal,
    token: jobToken(token, "hook"),
  });
  if (outcome.kind === "exited" && outcome.code === 0) return;
  logger("hooks").warn("the hook {program} did not do its work: {outcome}", {
    program,
    outcome: outcome.kind,
  });
}
