/** The configuration and the state directory a command works with. */
import { LabferryError } from "../base/mod.ts";
import {
  findConfig,
  isServiceConfig,
  loadConfig,
  type LoadedConfig,
  osName,
  stateDir,
} from "../config/mod.ts";
import { openStateDir, type StateDir } from "../daemon/mod.ts";
import { withReceived } from "../staging/mod.ts";
import type { CliContext } from "./context.ts";

/** By command: some load the configuration in more than one place. */
const said = new WeakMap<CliContext, Set<string>>();

/** Loads the configuration; what is ignored in it is said once a command, on stderr. */
export async function configOf(context: CliContext): Promise<LoadedConfig> {
  const loaded = await loadConfig({
    path: context.options.config,
    env: context.env,
    isService: isService(),
    stateDir: (path) => statePath(context, path),
  });
  const before = said.get(context) ?? new Set();
  said.set(context, before.union(new Set(loaded.notices)));
  for (const notice of loaded.notices) {
    if (!before.has(notice)) context.note(`labferry: ${notice}`);
  }
  // An orchestrator also knows the equipment whose runs it has received.
  const tell = ({ message }: LabferryError) => context.note(`labferry: ${message}`);
  return { ...loaded, config: await withReceived(loaded.config, tell) };
}

/** `own`: what needs no service has a state of this account's own, whoever's configuration is found. */
export async function stateDirOf(
  context: CliContext,
  { reading = false, own = false }: { readonly reading?: boolean; readonly own?: boolean } = {},
): Promise<StateDir> {
  const config = own ? null : await configPathOf(context);
  return await openStateDir(statePath(context, config), { service: isService(), reading });
}

/** The state directory follows the configuration: the service's has the service's. */
function statePath({ options, env }: CliContext, config: string | null): string {
  const where = { os: osName(), env, isService: isService() };
  const isServices = where.isService || (config !== null && isServiceConfig(config, where));
  return options.stateDir ?? stateDir({ ...where, isService: isServices });
}

/** Null where there is none. */
async function configPathOf({ options, env }: CliContext): Promise<string | null> {
  try {
    return await findConfig({ path: options.config, env, isService: isService() });
  } catch (error) {
    if (error instanceof LabferryError && error.code === "config_missing") return null;
    throw error;
  }
}

/** The service manager says so; a person's own labferry has a home. */
export function isService(): boolean {
  return Deno.env.get("LABFERRY_SERVICE") === "1" ||
    Deno.env.get("INVOCATION_ID") !== undefined && Deno.env.get("HOME") === undefined;
}
