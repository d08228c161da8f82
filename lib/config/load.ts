/** Finds the configuration, reads it, judges it. */
import { LabferryError } from "../base/mod.ts";
import { isThere } from "../disk/mod.ts";
import type { Effective } from "./check.ts";
import type { Config } from "./config.ts";
import type { SettingOrigin } from "./origins.ts";
import { configSearchPaths, type OsName, osName } from "./paths.ts";
import { ConfigError } from "./problems.ts";
import { readConfigText } from "./source.ts";

export interface LoadOptions {
  /** `--config`; wins over everything. */
  readonly path?: string | undefined;
  /** @default {Deno.env.toObject()} */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default {this machine's} */
  readonly os?: OsName;
  /** True for the system's service. @default {false} */
  readonly isService?: boolean;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly path: string;
  /** For `config show`. */
  readonly effective: Effective;
  /** As it was read. */
  readonly text: string;
  /** Lines for stderr and the log; none of them stops anything. */
  readonly notices: readonly string[];
}

/**
 * Loads the configuration.
 *
 * @throws {LabferryError} `config_missing` when there is none, `config_unreadable` when it is no
 * UTF-8 text file of a bearable size, and `ConfigError` (`config_invalid`) with every problem.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const { env = Deno.env.toObject(), os = osName() } = options;
  const path = await findConfig({ ...options, env, os });
  // With it come the schema and the YAML parser, which a command without a configuration never needs.
  const { checkConfigText } = await import("./check.ts");
  const text = await readConfigText(path);
  const verdict = checkConfigText(text, { file: path, os, env });
  if (verdict.config === null || verdict.effective === null) {
    throw new ConfigError(path, { problems: verdict.problems, total: verdict.problemCount });
  }
  const { config, effective, notices } = verdict;
  return { config, path, effective, text, notices };
}

/** The file that would be loaded: the one that was named, else the first of the usual that is there. */
export async function findConfig(options: LoadOptions = {}): Promise<string> {
  const { env = Deno.env.toObject(), os = osName(), isService = false } = options;
  const named = options.path ?? (env.LABFERRY_CONFIG || undefined);
  if (named !== undefined) return named;
  const tried = configSearchPaths({ os, env, isService });
  for (const path of tried) {
    if (await isThere(path)) return path;
  }
  throw new LabferryError("config_missing", "there is no configuration", {
    why: tried.length === 0 ? "this account has no home folder" : `looked at ${tried.join(", ")}`,
    hint: "make one with `labferry config init`, or name one with --config",
  });
}

/** Each value with its origin, as `settingOrigins` of `origins.ts` says. */
export async function settingOrigins(
  { text, effective }: Pick<LoadedConfig, "text" | "effective">,
): Promise<SettingOrigin[]> {
  const { originsIn } = await import("./origins.ts");
  return originsIn(text, effective);
}
