/**
 * systemd's protocol of a service that says how it is (sd_notify(3)): ready, alive, stopping. The words
 * go by `systemd-notify`: the runtime sends datagrams to a socket of the file system only with an
 * unstable flag, which whoever starts labferry would have to know.
 */
import { LabferryError, Rounds, type RoundsContext } from "../base/mod.ts";
import { runTool, succeeded, type ToolOutcome } from "../process/mod.ts";

export interface Notice {
  /** Where the manager listens; null: nobody does. */
  readonly socket: string | null;
  /** It wants to hear within so many milliseconds that we live; null: it does not. */
  readonly watchdogMs: number | null;
}

/** A manager that does not listen must not hold the service. */
const LIMIT_MS = 10_000;

/**
 * What the manager asks for, taken out of the environment: rclone speaks the protocol too, and its
 * `STOPPING=1` at the end of a session would be taken for ours.
 */
export function takeNotice(): Notice {
  const socket = Deno.env.get("NOTIFY_SOCKET") || null;
  const watchdogUs = Number(Deno.env.get("WATCHDOG_USEC") ?? 0);
  const pid = Deno.env.get("WATCHDOG_PID");
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) Deno.env.delete(name);
  const isOurs = pid === undefined || pid === String(Deno.pid);
  return { socket, watchdogMs: socket && isOurs && watchdogUs > 0 ? watchdogUs / 1_000 : null };
}

/**
 * Tells the manager; nothing where none listens.
 *
 * @throws LabferryError `service_manager`
 */
export async function tellManager({ socket }: Notice, words: readonly string[]): Promise<void> {
  if (socket === null) return;
  const outcome = await runTool({
    command: "systemd-notify",
    args: [...words],
    env: { NOTIFY_SOCKET: socket },
    timeoutMs: LIMIT_MS,
  });
  if (succeeded(outcome)) return;
  throw new LabferryError("service_manager", "systemd could not be told how the service is", {
    why: whyOf(outcome),
    hint: "put the folder of systemd-notify on the service's PATH",
  });
}

function whyOf(outcome: ToolOutcome): string {
  switch (outcome.kind) {
    case "not_found":
      return "there is no systemd-notify on this account's PATH";
    case "exited":
      return outcome.stderrTail.trim() || `it ended with ${outcome.code}`;
    default:
      return "it did not answer";
  }
}

export interface WatchdogOptions {
  readonly notice: Notice;
  /** One line for `systemctl status`. */
  readonly status: string;
  /** @default tellManager */
  readonly tell?: typeof tellManager;
}

/** Without a watchdog that waits for it there is nothing to say again. */
const LONG_REST_MS = 3600_000;

/**
 * Says once that the service is ready, then twice in the time the manager waits that it lives, and at
 * the end that it stops. A loop that stands still says nothing, and is ended.
 */
export class Watchdog extends Rounds {
  constructor({ notice, status, tell = tellManager }: WatchdogOptions, context: RoundsContext) {
    const restMs = notice.watchdogMs === null ? LONG_REST_MS : notice.watchdogMs / 2;
    let isReady = false;
    super({
      ...context,
      name: "Telling the service manager how labferry is",
      round: async () => {
        await tell(notice, [...(isReady ? [] : ["READY=1", `STATUS=${status}`]), "WATCHDOG=1"]);
        isReady = true;
      },
      restMs,
      faultRestMs: Math.min(restMs / 4, 10_000),
      last: () => tell(notice, ["STOPPING=1"]),
    });
  }
}
