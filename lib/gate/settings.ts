/** What the gate is told by the configuration (`validator:` in `docs/configure.md`). */
import type { ValidatorSettings } from "../config/mod.ts";

/** The configuration's `validator` section, as `loadConfig` gives it. */
export type GateSettings = ValidatorSettings;

/** The configuration's own defaults (a test compares them), for `ship`, which needs no file. */
export const DEFAULT_GATE_SETTINGS: GateSettings = {
  contentScanMaxMib: 5,
  contentScanExtensions: [
    ".txt",
    ".md",
    ".csv",
    ".tsv",
    ".json",
    ".yaml",
    ".yml",
    ".toml",
    ".ini",
    ".cfg",
    ".conf",
    ".xml",
    ".sh",
    ".py",
  ],
  symlinks: "block",
  windowsNames: false,
  maxPath: 4096,
};
