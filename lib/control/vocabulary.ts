/** The same words for the browser: data for its script, so that the page has none of its own. */
import { type Code, CODES, STRENGTH_WORDS } from "../base/mod.ts";
import { EVENT_WORDS, FURTHER_STAGES, HOLD_WORDS, STATE_WORDS } from "../queue/mod.ts";
import { DESTINATION_STAGES, DOWN_BY_CODE, PHASE_WORDS } from "./words.ts";

export const VOCABULARY = {
  states: STATE_WORDS,
  holds: HOLD_WORDS,
  furtherStages: FURTHER_STAGES,
  phases: PHASE_WORDS,
  strengths: STRENGTH_WORDS,
  events: EVENT_WORDS,
  destinations: DESTINATION_STAGES,
  downByCode: DOWN_BY_CODE,
  advice: Object.fromEntries(
    Object.entries(CODES).map(([code, { advice }]) => [code, advice]),
  ) as Readonly<Record<Code, string>>,
} as const;

/** A module for the browser: `export const VOCABULARY = …`. */
export function vocabularyScript(): string {
  return `export const VOCABULARY = ${JSON.stringify(VOCABULARY)};\n`;
}
