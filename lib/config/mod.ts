/**
 * config: one YAML file, for the facility engineer who looks after many PCs. It is found, read and
 * judged here, once, and becomes a frozen `Config` that every other room trusts: complete, with
 * units in its names, `~` expanded, one transport an equipment, no two destinations in one another.
 *
 * Invariants: a key nobody knows is an error, never ignored; every problem is reported at once, each
 * with its line, its key and what was found; nothing is deleted unless the file says so; a change
 * made here keeps the person's comments and order. An ExLab-Wizard file is accepted as it is.
 *
 * Terms. *Section*: a top-level key. *Foreign*: a section of another program, ignored with a notice.
 * *Notice*: one line about what is allowed but ignored or surely not meant. *Ceiling*: the bandwidth
 * that may not be exceeded now.
 *
 * The schema and the YAML parser are loaded when a configuration is: `ship` has none.
 */
export {
  type Ceiling,
  ceilingAt,
  type CeilingOptions,
  isInWindows,
  uploadMbpsAt,
} from "./bandwidth.ts";
export type { CheckOptions, Effective, Verdict } from "./check.ts";
export { completenessMarkers, stagedCompleteness } from "./completeness_markers.ts";
export * from "./config.ts";
export { DEFAULT_VALIDATOR, MIN_UPLOAD_MBPS } from "./defaults.ts";
export { didYouMean } from "./did_you_mean.ts";
export { keepLastGood } from "./last_good.ts";
export { checkWholeFolder } from "./load.ts";
export type { FolderVerdict } from "./check_folder.ts";
export { isConfigFolder } from "./host_files.ts";
export { isInnerPath } from "./inner_path.ts";
export type {
  FirstCompleteness,
  FirstEquipment,
  FirstIntake,
  FirstTransport,
} from "./first_equipment.ts";
export { initialConfig, SCHEMA_FILE_NAME, writeInitialConfig } from "./init.ts";
export { configJsonSchema } from "./json_schema.ts";
export { receivedEquipment, stagingRootOf } from "./received_equipment.ts";
export {
  findConfig,
  loadConfig,
  type LoadedConfig,
  type LoadOptions,
  settingOrigins,
} from "./load.ts";
export {
  configSearchPaths,
  defaultConfigPath,
  homeOf,
  isServiceConfig,
  type OsName,
  osName,
  stateDir,
  type Whereabouts,
} from "./paths.ts";
export { type PresetRules, presetRules } from "./preset_rules.ts";
export { ConfigError, type ConfigProblem, type KeyPath, problemLine } from "./problems.ts";
export {
  type DoneRules,
  type FileHolds,
  type FileSays,
  type MetaSize,
  NO_RULES,
  type Outcome,
  type OutcomeRules,
  OUTCOMES,
  type RunRules,
} from "./run_rules.ts";
export { asYaml, showConfig, withoutSecrets } from "./show.ts";
export type { SettingOrigin } from "./origins.ts";
