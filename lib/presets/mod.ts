/**
 * presets: what is known in public of how instruments end their runs, as data. Each has a grade and a
 * source, and is nothing but keys of an `equipment` entry that a person may override one by one.
 */
import { FILE_WRITERS } from "./file_writers.ts";
import { ILLUMINA } from "./illumina.ts";
import { IMAGING, WITHOUT_PRESET } from "./imaging.ts";
import { presetsLike } from "./like.ts";
import { LONG_READS } from "./long_reads.ts";
import type { NoPreset, Preset } from "./preset.ts";
import { SPECTROMETERS } from "./spectrometers.ts";

export type { Grade, NoPreset, Preset, PresetKeys } from "./preset.ts";

export const PRESETS: readonly Preset[] = [
  ...ILLUMINA,
  ...LONG_READS,
  ...SPECTROMETERS,
  ...IMAGING,
  ...FILE_WRITERS,
];

export const NO_PRESETS: readonly NoPreset[] = WITHOUT_PRESET;

/** Names of presets that a word most likely means. */
export function presetsCalled(word: string): string[] {
  return presetsLike(word, PRESETS);
}

/** Null for a name that no preset has. */
export function presetNamed(name: string): Preset | null {
  return PRESETS.find((preset) => preset.name === name) ?? null;
}
