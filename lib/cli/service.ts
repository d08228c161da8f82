/** `labferry service print | install | uninstall | status`. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LabferryError } from "../base/mod.ts";
import { defaultConfigPath, homeOf, loadConfig, osName, stateDir } from "../config/mod.ts";
import { isThere } from "../disk/mod.ts";
import {
  installService,
  type Kind,
  kindOf,
  type ServicePlan,
  servicePlan,
  type ServiceSettings,
  serviceStanding,
  systemdVersion,
  uninstallService,
} from "../service/mod.ts";
import type { CliContext } from "./context.ts";

export interface ServiceFlags {
  readonly kind?: Kind;
  readonly user?: boolean;
  readonly account?: string;
  readonly program?: string;
  /** commander turns `--no-start` into `start: false`. */
  readonly start?: boolean;
}

export async function servicePrint(context: CliContext, flags: ServiceFlags): Promise<void> {
  const { plan } = await planned(context, flags);
  if (context.options.json) {
    return context.printJson({
      files: plan.files.map(({ path, text }) => ({ path, text })),
      commands: [...plan.enable, ...plan.start].map(({ words }) => words),
      advice: plan.advice,
    });
  }
  for (const { path, text } of plan.files) {
    context.note(`labferry: ${path}`);
    context.print(text.trimEnd());
  }
  tellAdvice(context, plan);
}

export async function serviceInstall(context: CliContext, flags: ServiceFlags): Promise<void> {
  const { plan, settings } = await planned(context, flags);
  requireThisSystem(settings.kind);
  // A service that cannot start would be started again for ever.
  await loadConfig({ path: settings.configFile, env: context.env });
  const changed = await installService(plan, {
    starts: flags.start ?? true,
    signal: context.signal,
  });
  if (context.options.json) return context.printJson({ changed, advice: plan.advice });
  for (const path of changed) context.print(`Written: ${path}`);
  if (changed.length === 0) context.print("Everything is as it should be.");
  tellAdvice(context, plan);
}

export async function serviceUninstall(context: CliContext, flags: ServiceFlags): Promise<void> {
  const { plan, settings } = await planned(context, flags);
  requireThisSystem(settings.kind);
  const removed = await uninstallService(plan, context.signal);
  if (context.options.json) return context.printJson({ removed });
  for (const path of removed) context.print(`Removed: ${path}`);
  context.print(
    removed.length === 0
      ? "No service of labferry's is installed."
      : `Configuration (${settings.configFile}), state (${settings.stateDir}) and data stay.`,
  );
}

/** Exit code 1 unless it is installed, and runs. */
export async function serviceStatus(context: CliContext, flags: ServiceFlags): Promise<void> {
  const { plan, settings } = await planned(context, flags);
  requireThisSystem(settings.kind);
  const { files, isRunning } = await serviceStanding(plan, context.signal);
  if (!isRunning || files.every(({ state }) => state === "missing")) context.exitCode = 1;
  if (context.options.json) return context.printJson({ running: isRunning, files });
  for (const { path, state } of files) context.print(`${state}: ${path}`);
  context.print(isRunning ? "It runs." : "It does not run.");
}

interface Planned {
  readonly plan: ServicePlan;
  readonly settings: ServiceSettings;
}

async function planned(context: CliContext, flags: ServiceFlags): Promise<Planned> {
  const { env, options, signal } = context;
  const os = osName();
  const kind = flags.kind ?? kindOf(os);
  const scope = flags.user ? "user" : "system";
  if (flags.user && flags.account !== undefined) {
    throw new LabferryError("usage", "--user and --account exclude each other", {
      hint: "--user is this very account; --account is for the computer's own service",
    });
  }
  const where = { os, env, isService: scope === "system" };
  const settings: ServiceSettings = {
    kind,
    scope,
    program: await programWords(flags.program ?? (env.LABFERRY_EXECUTABLE || undefined)),
    configFile: resolve(options.config ?? (env.LABFERRY_CONFIG || defaultConfigPath(where))),
    stateDir: resolve(options.stateDir ?? stateDir(where)),
    account: flags.account ?? null,
    path: env.PATH ?? env.Path ?? "/usr/local/bin:/usr/bin:/bin",
    home: homeOf(os, env) ?? "/",
    systemdVersion: kind === "systemd" ? await systemdVersion(signal) : null,
  };
  const uid = os === "windows" ? null : Deno.uid();
  return { settings, plan: servicePlan(settings, { env, uid }) };
}

/**
 * What starts this very program: the executable, or the runtime with its program. The portable file
 * names itself in `LABFERRY_EXECUTABLE`, because what runs is what it unpacked into a cache.
 */
async function programWords(named: string | undefined): Promise<readonly string[]> {
  if (named !== undefined) {
    const program = resolve(named);
    if (await isThere(program)) return [program];
    throw new LabferryError("not_found", `there is no program at ${program}`, {
      hint: "name labferry's executable with --program",
      path: program,
    });
  }
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "-A", "--quiet", fileURLToPath(Deno.mainModule)];
}

function requireThisSystem(kind: Kind): void {
  if (kind === kindOf(osName())) return;
  throw new LabferryError("usage", `this system has no ${kind}`, {
    hint: "labferry service print --kind shows every kind's files, on any system",
  });
}

function tellAdvice(context: CliContext, plan: ServicePlan): void {
  for (const line of plan.advice) context.note(`labferry: ${line}`);
}
