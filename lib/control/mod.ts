/**
 * control: what page, command line and scripts share when they show how things stand and ask for
 * changes. So far its words: one vocabulary for whoever shows something to a person.
 */
export { EVENT_WORDS, HOLD_WORDS, type Stage, STATE_WORDS, type Tone } from "../queue/mod.ts";
export { VOCABULARY, vocabularyScript } from "./vocabulary.ts";
export {
  adviceFor,
  countWords,
  DESTINATION_STAGES,
  destinationStage,
  eventWords,
  PHASE_WORDS,
  type ShownJob,
  stageOfJob,
} from "./words.ts";
