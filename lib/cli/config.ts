/** `labferry config init | check | show | path | schema`. */
import {
  configJsonSchema,
  configSearchPaths,
  defaultConfigPath,
  findConfig,
  osName,
  showConfig,
  withoutSecrets,
  writeInitialConfig,
} from "../config/mod.ts";
import { counted } from "../base/mod.ts";
import type { CliContext } from "./context.ts";
import { missingPlaces } from "./config_places.ts";
import { configOf } from "./settings.ts";

export async function configInit(context: CliContext): Promise<void> {
  const where = { os: osName(), env: context.env, isService: false };
  const path = context.options.config ?? context.env.LABFERRY_CONFIG ?? defaultConfigPath(where);
  await writeInitialConfig(path);
  if (context.options.json) context.printJson({ path });
  else context.print(`Written: ${path}\nName your instruments in it, then: labferry config check`);
}

export async function configCheck(context: CliContext): Promise<void> {
  const { config, path, notices } = await configOf(context);
  const warnings = await missingPlaces(config, context.signal);
  for (const warning of warnings) context.note(`labferry: ${warning}`);
  if (context.options.json) {
    context.printJson({
      ok: true,
      path,
      notices,
      warnings,
      equipment: config.equipment.map(({ id }) => id),
    });
  } else {context.print(
      `${path}: ${
        warnings.length > 0 ? `no fault, ${counted(warnings.length, "warning")}` : "ok"
      }, ${counted(config.equipment.length, "instrument")}`,
    );}
}

export async function configShow(context: CliContext): Promise<void> {
  const { effective } = await configOf(context);
  if (context.options.json) context.printJson(withoutSecrets(effective));
  else context.print((await showConfig(effective)).trimEnd());
}

export async function configPath(context: CliContext): Promise<void> {
  const path = await findConfig({ path: context.options.config, env: context.env });
  if (context.options.json) {
    context.printJson({
      path,
      searched: configSearchPaths({ os: osName(), env: context.env, isService: false }),
    });
  } else context.print(path);
}

export async function configSchema(context: CliContext): Promise<void> {
  context.printJson(await configJsonSchema());
}
