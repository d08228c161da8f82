/** Presets that a word most likely means: `thermo` and `bruker` are what people write first. */
import type { Preset } from "./preset.ts";

const FEWEST_LETTERS = 3;
const MOST = 5;

/** By part of a name, or of what the instrument is called; the first few. */
export function presetsLike(word: string, presets: readonly Preset[]): string[] {
  const asked = word.trim().toLowerCase().replaceAll("_", "-");
  if (asked.length < FEWEST_LETTERS) return [];
  return presets.filter(({ name, instrument }) =>
    name.includes(asked) || instrument.toLowerCase().includes(asked)
  ).map(({ name }) => name).slice(0, MOST);
}
