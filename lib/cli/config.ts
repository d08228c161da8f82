/** `labferry config init | check | show | path | schema`. */
import {
  checkWholeFolder,
  configJsonSchema,
  configSearchPaths,
  defaultConfigPath,
  findConfig,
  osName,
  settingOrigins,
  showConfig,
  withoutSecrets,
  writeInitialConfig,
} from "../config/mod.ts";
import { counted, EXIT, LabferryError } from "../base/mod.ts";
import { resolve } from "node:path";
import { isThere } from "../disk/mod.ts";
import { table } from "./table.ts";
import { firstEquipment, type InitFlags } from "./config_init.ts";
import type { CliContext } from "./context.ts";
import { missingPlaces } from "./config_places.ts";
import { configOf, isService } from "./settings.ts";

/** With an instrument, when one is given or asked for; else with examples alone. */
export async function configInit(context: CliContext, typed: InitFlags): Promise<void> {
  const where = { os: osName(), env: context.env, isService: typed.service ?? isService() };
  const path = context.options.config ?? context.env.LABFERRY_CONFIG ?? defaultConfigPath(where);
  // Nobody answers questions for a file that is there already.
  if (await isThere(path)) {
    throw new LabferryError("already_exists", `${path} is there already`, {
      why: "a configuration is never replaced",
      hint: "change that one, or name another with --config",
      path,
    });
  }
  const equipment = await firstEquipment(context, typed);
  await writeInitialConfig(path, { ...where, equipment });
  const id = equipment?.id ?? null;
  if (context.options.json) return context.printJson({ path, equipment: id });
  context.print(
    id === null
      ? `Written: ${path}\nName your instruments in it, then: labferry config check`
      : `Written: ${path}\nNext: labferry destination init ${id}, then labferry doctor`,
  );
}

export async function configCheck(
  context: CliContext,
  { all }: { readonly all?: string },
): Promise<void> {
  if (all !== undefined) return await checkAll(context, all);
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

/** Exit 2 when any of them has a problem, or two of them the same instrument or destination. */
async function checkAll(context: CliContext, folder: string): Promise<void> {
  const verdict = await checkWholeFolder(resolve(folder), context.env);
  const { hosts, together, nobodys } = verdict;
  const isGood = together.length === 0 && hosts.every(({ problems }) => problems.length === 0);
  if (!isGood) context.exitCode = EXIT.usage;
  if (context.options.json) return context.printJson({ ok: isGood, ...verdict });
  // Two hundred computers have one common file: its faults are said once.
  const lines = hosts.map(({ problems, notices }) => [...problems, ...notices]);
  const ofAll = hosts.length < 2
    ? []
    : lines[0]!.filter((line) => lines.every((others) => others.includes(line)));
  if (ofAll.length > 0) context.print(`every computer, ${hosts.length}:`);
  for (const line of ofAll) context.print(`  ${line}`);
  for (const [i, { host, problems, equipment }] of hosts.entries()) {
    const how = problems.length === 0 ? "ok" : counted(problems.length, "problem");
    context.print(`${host}: ${how}, ${counted(equipment.length, "instrument")}`);
    for (const line of lines[i]!) if (!ofAll.includes(line)) context.print(`  ${line}`);
  }
  for (const line of together) context.print(line);
  for (const name of nobodys) {
    context.print(`hosts/${name} is no computer's file: no computer reads it`);
  }
}

export async function configShow(
  context: CliContext,
  { origins }: { readonly origins?: boolean },
): Promise<void> {
  const loaded = await configOf(context);
  const { effective } = loaded;
  if (origins) {
    const settings = await settingOrigins(loaded);
    if (context.options.json) return context.printJson({ path: loaded.path, settings });
    const rows = settings.map(({ key, value, origin, file = loaded.path, line }) => [
      key,
      origin === "default" ? "default" : `${file}:${line}`,
      JSON.stringify(value),
    ]);
    return context.print(table(["KEY", "FROM", "VALUE"], rows));
  }
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
