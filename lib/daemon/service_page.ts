/** The service's page and API, listening. */
import { type Clock, letRequestsIn, VERSION } from "../base/mod.ts";
import { logger } from "../base/log.ts";
import type { Config } from "../config/mod.ts";
import type { LocalControl, SettingsView } from "../control/mod.ts";
import { ReportStore } from "../reports/mod.ts";
import { createApp, listen, type NewsHub, Sessions } from "../web/mod.ts";
import { replacedWords } from "./kept_file.ts";
import { ensureToken, type StateDir } from "./state_dir.ts";

export interface ServicePage extends AsyncDisposable {
  readonly url: string;
  readonly sessions: Sessions;
}

export interface ServicePageOptions {
  readonly config: Config;
  readonly stateDir: StateDir;
  readonly clock: Clock;
  readonly control: LocalControl;
  readonly news: NewsHub;
  readonly settings?: () => Promise<SettingsView>;
  readonly configSha256?: string;
  /** Somebody who may change things wants the service to end. */
  readonly onStop: () => void;
}

/** @throws LabferryError `port_taken` */
export async function openServicePage(options: ServicePageOptions): Promise<ServicePage> {
  const { config, stateDir, clock, control, news } = options;
  const closing = new AbortController();
  const sessions = new Sessions(clock);
  const { text: token, replaced: oldToken } = await ensureToken(stateDir);
  for (const replaced of [stateDir.replaced, oldToken]) {
    if (replaced) logger("daemon").warn("{what}", { what: replacedWords(replaced) });
  }
  const { listen: hostname, port } = config.status;
  letRequestsIn();
  const listener = await listen({
    hostname,
    port,
    app: (bound) =>
      createApp({
        control,
        news,
        sessions,
        port: bound,
        token: token.trim(),
        version: VERSION,
        gate: control,
        lists: control.lists,
        metrics: () => control.metrics.read(),
        ...(options.settings ? { settings: options.settings } : {}),
        ...(options.configSha256 ? { configSha256: options.configSha256 } : {}),
        reading: control,
        reports: new ReportStore(stateDir.reportsDir),
        signal: closing.signal,
        onStop: options.onStop,
      }),
  });
  return {
    url: listener.url,
    sessions,
    async [Symbol.asyncDispose]() {
      // Event streams end by their signal; the listener waits for what is being answered.
      closing.abort();
      await listener.stop();
    },
  };
}
