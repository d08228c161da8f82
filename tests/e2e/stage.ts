/** A service with a safe run and one that is held; and every page there is of them. */
import type { SettingsView } from "../../lib/control/mod.ts";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";
import { SETTINGS } from "../web/fake_lists.ts";

const LONG = "a name that nobody would give ".repeat(4).trim();

export interface Stage extends AsyncDisposable {
  readonly lab: Lab;
  readonly daemon: RunningDaemon;
  /** Ids of the two runs. */
  readonly safe: string;
  readonly held: string;
  /** Of every page. */
  readonly paths: readonly string[];
  /** The address of one of them. */
  at(path: string): string;
  /** Lets a browser change things, once. */
  link(): string;
}

export async function openStage(settings: SettingsView = SETTINGS): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await openLab());
  await markDestinations(lab);
  const daemon = stack.use(
    await startDaemon({
      config: lab.config,
      stateDir: lab.stateDir,
      settings: () => Promise.resolve(settings),
    }),
  );
  const { control } = daemon;
  const safe = (await control.enqueue(await lab.makeRun({ [`${LONG}.csv`]: "1" }))).job.id;
  const held = (await control.enqueue(await lab.makeRun({ "con.txt": "1" }))).job.id;
  await until(async () => (await control.job(safe)).state === "verified", { what: "the proof" });
  const reports = async () =>
    (await (await fetch(new URL("/api/v1/reports", daemon.url))).json()).reports;
  await until(async () => (await reports()).length > 0, { what: "the report" });
  const report = (await reports())[0].report_id;
  const kept = stack.move();
  return {
    lab,
    daemon,
    safe,
    held,
    paths: [
      "/",
      `/runs/${safe}`,
      `/runs/${held}`,
      `/runs/${safe}/files`,
      "/problems",
      "/reports",
      `/reports/${report}`,
      `/reports/${report}/history`,
      `/reports/${report}/compare`,
      "/storage",
      "/activity",
      "/settings",
    ],
    at: (path) => new URL(path, daemon.url).href,
    link: () => new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
