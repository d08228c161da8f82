/** The configuration as the page and the API show it: what is in force, from where, and what `config check` says of the file. */
import { LabferryError } from "../base/mod.ts";
import {
  ConfigError,
  loadConfig,
  type LoadedConfig,
  problemLine,
  settingOrigins,
} from "../config/mod.ts";
import type { SettingsView } from "../control/mod.ts";
import { missingPlaces } from "./config_places.ts";

/** A disk or a share that hangs must not keep the page waiting. */
const PLACES_MS = 10_000;

/** `loaded` is what the service started with. */
export async function shownSettings(loaded: LoadedConfig): Promise<SettingsView> {
  const { path, text, config } = loaded;
  const now = await fileNow(path);
  return {
    path,
    settings: await settingOrigins(loaded),
    changed_since_start: now.text !== text,
    problems: now.problems,
    notices: now.notices,
    warnings: await missingPlaces(config, AbortSignal.timeout(PLACES_MS)),
  };
}

async function fileNow(
  path: string,
): Promise<Pick<SettingsView, "problems" | "notices"> & { readonly text: string | null }> {
  try {
    const { text, notices } = await loadConfig({ path });
    return { text, problems: [], notices };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    const problems = error instanceof ConfigError
      ? error.problems.map(problemLine)
      : [error.message];
    return { text: null, problems, notices: [] };
  }
}
