/** The clock is not plainly wrong: ages, passes and keys' validity are told by it. */
import { join } from "node:path";
import { lstatOrNull } from "../../disk/mod.ts";
import { runTool, succeeded } from "../../process/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";
import type { Check, Patient } from "../patient.ts";

interface Facts {
  readonly nowMs: number;
  /** The latest time that labferry itself left in the state directory; null: it never ran. */
  readonly latestTraceMs: number | null;
  /** What the system says of its time service; null where it does not say. */
  readonly isSynchronised: boolean | null;
}

/** This program is not older than that. */
const RELEASED_MS = Date.UTC(2026, 0, 1);
const TOO_FAR_MS = RELEASED_MS + 30 * 365 * 24 * 3600_000;
/** As far as two clocks may be apart before a reader calls one of them wrong. */
const APART_MS = 5 * 60_000;
const TRACES = [
  "app.log",
  "sync_queue.db",
  "sync_queue.db-wal",
  "server.json",
  "installation.json",
];
const TOOL_LIMIT_MS = 5_000;

export const CLOCK: Check<Facts> = {
  name: "clock",
  subjects: (patient) => [{ about: null, gather: (signal) => gather(patient, signal) }],
  judge: (facts) => [judge(facts)],
};

async function gather({ clock, statePath }: Patient, signal: AbortSignal): Promise<Facts> {
  const infos = await Promise.all(TRACES.map((name) => lstatOrNull(join(statePath, name))));
  const times = infos.flatMap((info) => info?.mtime ? [info.mtime.getTime()] : []);
  return {
    nowMs: clock.now().getTime(),
    latestTraceMs: times.length > 0 ? Math.max(...times) : null,
    isSynchronised: await isSynchronised(signal),
  };
}

async function isSynchronised(signal: AbortSignal): Promise<boolean | null> {
  if (Deno.build.os !== "linux") return null;
  const outcome = await runTool({
    command: "timedatectl",
    args: ["show", "--property=NTPSynchronized", "--value"],
    timeoutMs: TOOL_LIMIT_MS,
    signal,
  });
  if (!succeeded(outcome)) return null;
  const said = outcome.stdout.trim();
  return said === "yes" ? true : said === "no" ? false : null;
}

function judge({ nowMs, latestTraceMs, isSynchronised }: Facts): Said {
  const now = new Date(nowMs).toISOString();
  const hint = "set the clock, and let a time service keep it (systemd-timesyncd, chrony, w32time)";
  if (nowMs < RELEASED_MS || nowMs > TOO_FAR_MS) {
    return fault({ code: "clock_wrong", message: `the clock says ${now}`, hint });
  }
  if (latestTraceMs !== null && latestTraceMs - nowMs > APART_MS) {
    const trace = new Date(latestTraceMs).toISOString();
    return fault({
      code: "clock_wrong",
      message: `the clock says ${now}, and labferry was at work at ${trace} already`,
      hint,
    });
  }
  if (isSynchronised === false) {
    return warning({ code: "clock_wrong", message: "no time service keeps the clock", hint });
  }
  return ok(`${now}${isSynchronised ? ", kept by a time service" : ""}`);
}
