/** The configuration and the state directory a command works with. */
import type { LabferryError } from "../base/mod.ts";
import { loadConfig, type LoadedConfig, osName, stateDir } from "../config/mod.ts";
import { openStateDir, type StateDir } from "../daemon/mod.ts";
import { withReceived } from "../staging/mod.ts";
import type { CliContext } from "./context.ts";

/** Loads the configuration; what is ignored in it is said once, on stderr. */
export async function configOf(context: CliContext): Promise<LoadedConfig> {
  const loaded = await loadConfig({
    path: context.options.config,
    env: context.env,
    isService: isService(),
    stateDir: () => statePath(context),
  });
  for (const notice of loaded.notices) context.note(`labferry: ${notice}`);
  // An orchestrator also knows the equipment whose runs it has received.
  const tell = ({ message }: LabferryError) => context.note(`labferry: ${message}`);
  return { ...loaded, config: await withReceived(loaded.config, tell) };
}

export async function stateDirOf(
  context: CliContext,
  { reading = false }: { readonly reading?: boolean } = {},
): Promise<StateDir> {
  return await openStateDir(statePath(context), { service: isService(), reading });
}

function statePath({ options, env }: CliContext): string {
  return options.stateDir ?? stateDir({ os: osName(), env, isService: isService() });
}

/** The service manager says so; a person's own labferry has a home. */
export function isService(): boolean {
  return Deno.env.get("LABFERRY_SERVICE") === "1" ||
    Deno.env.get("INVOCATION_ID") !== undefined && Deno.env.get("HOME") === undefined;
}
