/** What the gate is told by the configuration (`validator:` in `docs/configure.md`). */
import { DEFAULT_VALIDATOR, type ValidatorSettings } from "../config/mod.ts";

/** The configuration's `validator` section, as `loadConfig` gives it. */
export type GateSettings = ValidatorSettings;

/** For `ship`, which needs no file. */
export const DEFAULT_GATE_SETTINGS: GateSettings = DEFAULT_VALIDATOR;
