/** `labferry daemon`: the service, in the foreground, until SIGTERM or Ctrl-C. */
import { createHash } from "node:crypto";
import { isConfigFolder, keepLastGood } from "../config/mod.ts";
import { startDaemon, takeNotice } from "../daemon/mod.ts";
import type { CliContext } from "./context.ts";
import { configOf, stateDirOf } from "./settings.ts";
import { shownSettings } from "./shown_settings.ts";

export async function daemon(context: CliContext): Promise<void> {
  // Before anything is started that would take it for its own.
  const notice = takeNotice();
  const loaded = await configOf(context);
  const { config } = loaded;
  const level = context.options.verbose ? "debug" as const : config.logging.level;
  const stateDir = await stateDirOf(context);
  if (await isConfigFolder(loaded.path)) await keepLastGood(stateDir.path, loaded);
  await using running = await startDaemon({
    config: { ...config, logging: { ...config.logging, level } },
    stateDir,
    logToStderr: !context.options.quiet,
    notice,
    settings: () => shownSettings(loaded),
    configSha256: createHash("sha256").update(loaded.text).digest("hex"),
  });
  context.print(`labferry is at ${running.url}`);
  const stopped = new Promise<null>((resolve) => {
    if (context.signal.aborted) resolve(null);
    context.signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  const asked = running.askedToStop.then(() => null);
  const lost = await Promise.race([stopped, asked, running.lost]);
  if (lost) throw lost;
}
