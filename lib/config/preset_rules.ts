/** A preset as the rules that judge runs: for what compares old runs with all of them. */
import * as z from "zod";
import type { Preset } from "../presets/mod.ts";
import type { Completeness } from "./config.ts";
import type { RunRules } from "./run_rules.ts";
import { resolveDone, resolveRunRules, runRuleFields } from "./schema_run_rules.ts";

export interface PresetRules {
  readonly preset: Preset;
  readonly completeness: Completeness;
  readonly rules: RunRules;
}

const keysSchema = z.looseObject(runRuleFields);

export function presetRules(preset: Preset): PresetRules {
  const { keys, name } = preset;
  const entry = keysSchema.parse({ ...keys, preset: name });
  const quietMinutes = keys.quiet_minutes ?? 0;
  const completeness: Completeness = entry.done
    ? { signal: "done", done: resolveDone(entry.done), quietMinutes }
    : keys.completeness_signal === "manual"
    ? { signal: "manual" }
    : { signal: "quiet_period", quietMinutes };
  return { preset, completeness, rules: resolveRunRules(entry) };
}
