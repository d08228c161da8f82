/** Which systemd there is: older ones know less. */
import { runTool, succeeded } from "../process/mod.ts";

const LIMIT_MS = 10_000;

/** `252`; null where there is none that answers. */
export async function systemdVersion(signal: AbortSignal): Promise<number | null> {
  const outcome = await runTool({
    command: "systemctl",
    args: ["--version"],
    timeoutMs: LIMIT_MS,
    signal,
  });
  const version = succeeded(outcome) ? /^systemd (\d+)/.exec(outcome.stdout)?.[1] : undefined;
  return version === undefined ? null : Number(version);
}
