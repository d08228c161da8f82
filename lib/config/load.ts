/** Finds the configuration, reads it, judges it. */
import { LabferryError, messageOf } from "../base/mod.ts";
import { entriesOf, isThere, statOrNull } from "../disk/mod.ts";
import type { Effective } from "./check.ts";
import type { Config } from "./config.ts";
import type { FolderVerdict } from "./check_folder.ts";
import type { SettingOrigin } from "./origins.ts";
import { configSearchPaths, type OsName, osName, type Whereabouts } from "./paths.ts";
import { asOneFile, isConfigFolder, layersOf, noConfigFolder } from "./host_files.ts";
import { lastGoodOf } from "./last_good.ts";
import type { Layer } from "./layered_tree.ts";
import { ConfigError } from "./problems.ts";
import { readConfigText } from "./source.ts";

export interface LoadOptions {
  /** `--config`; wins over everything. A file, or a folder of many computers' files. */
  readonly path?: string | undefined;
  /** @default {Deno.env.toObject()} */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default {this machine's} */
  readonly os?: OsName;
  /** True for the system's service. @default {false} */
  readonly isService?: boolean;
  /** Whose file of a folder. @default {this computer's short name} */
  readonly host?: string;
  /** Where the files that were last good are kept, for a folder that is away; left out, nowhere. */
  readonly stateDir?: (path: string) => string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly path: string;
  /** For `config show`. */
  readonly effective: Effective;
  /** As it was read; of a folder its files, one after the other. */
  readonly text: string;
  /** The files it was read from, lowest first; one, unless it is a folder's. */
  readonly layers: readonly Layer[];
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
  const { checkLayers } = await import("./check.ts");
  const { layers, warnings } = await layersAt(path, options);
  const verdict = checkLayers(layers, { file: layers.at(-1)!.file, os, env });
  if (verdict.config === null || verdict.effective === null) {
    throw new ConfigError(path, { problems: verdict.problems, total: verdict.problemCount });
  }
  const { config, effective, notices } = verdict;
  const text = layers.map((layer) => layer.text).join("---\n");
  return { config, path, effective, text, layers, notices: [...warnings, ...notices] };
}

/** A folder that is away is stood in for by what was last good here, and that is said. */
async function layersAt(
  path: string,
  { host, stateDir }: LoadOptions,
): Promise<{ readonly layers: readonly Layer[]; readonly warnings: readonly string[] }> {
  const away = stateDir === undefined ? null : await whyAway(path);
  const kept = away === null ? null : await lastGoodOf(stateDir!(path), path);
  if (kept !== null) {
    const warning =
      `${path} ${away}: the configuration that this computer last started with is used`;
    return { layers: kept, warnings: [warning] };
  }
  if (await isConfigFolder(path)) return { layers: await layersOf(path, host), warnings: [] };
  if ((await statOrNull(path))?.isDirectory) throw noConfigFolder(path);
  const layers = [{ file: path, text: await readConfigText(path) }];
  const warning = await asOneFile(path);
  return { layers, warnings: warning === null ? [] : [warning] };
}

/**
 * Null when something is there, right or wrong. An empty folder is the place of a share that is not
 * mounted, and one that the system cannot look at is of a share that is gone.
 */
async function whyAway(path: string): Promise<string | null> {
  try {
    const info = await statOrNull(path);
    if (info === null) return "is not there";
    return info.isDirectory && (await entriesOf(path)).length === 0 ? "is empty" : null;
  } catch (error) {
    return `cannot be looked at (${messageOf(error)})`;
  }
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

/** As `checkFolder` of `check_folder.ts`. */
export async function checkWholeFolder(
  folder: string,
  env: Whereabouts["env"],
): Promise<FolderVerdict> {
  const { checkFolder } = await import("./check_folder.ts");
  return await checkFolder(folder, { env });
}

/** Each value with its origin, as `settingOrigins` of `origins.ts` says. */
export async function settingOrigins(
  { layers, effective }: Pick<LoadedConfig, "layers" | "effective">,
): Promise<SettingOrigin[]> {
  const { originsIn } = await import("./origins.ts");
  return originsIn(layers, effective);
}
