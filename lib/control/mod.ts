/**
 * control: what a person or a script can ask of labferry. The contract is typed once and answered
 * twice: by the queue itself (`LocalControl`, inside the daemon, or in a command while no daemon holds
 * the state directory) and by a daemon over HTTP (`HttpControl` in `web`). Command line, page and scripts see
 * the same views.
 *
 * Invariants. Whatever a person changes is a step of the machine, with the person's name in the run's
 * timeline. A view's field names are a contract (`docs/formats.md`).
 *
 * Its words are one vocabulary for whoever shows something to a person.
 */
export { EVENT_WORDS, HOLD_WORDS, type Stage, STATE_WORDS, type Tone } from "../queue/mod.ts";
export {
  acquiringWords,
  adviceFor,
  aheadWords,
  ALARM_ADVICE,
  countWords,
  DESTINATION_STAGES,
  destinationStage,
  eventWords,
  lossOf,
  notLookedAfterWords,
  ORDER_WORDS,
  originWords,
  OUTCOME_WORDS,
  PHASE_WORDS,
  resumedWords,
  type ShownJob,
  stageOfJob,
} from "./words.ts";
export {
  ABOUT_WORDS,
  type ActivityAbout,
  eventTone,
  isAbout,
  kindsAbout,
} from "./activity_kinds.ts";
export {
  type BroughtView,
  broughtView,
  type CleanedView,
  type CustodyView,
  type InterlockView,
  type RestoredView,
} from "./custody_views.ts";
export type {
  Completed,
  Control,
  JobFilter,
  RestoreOptions,
  RetriedAll,
  RetryOptions,
} from "./control.ts";
export type { GateControl, OverrideDraft, ProblemsView, RevocationDraft } from "./gate_control.ts";
export { checkByHand } from "./check_by_hand.ts";
export { eventSentence } from "./event_words.ts";
export { type HomeView, type LaneView, MOST_LOOKED_AT, progressWords } from "./home_view.ts";
export type { PaceDay, PaceHour, PaceView, TimeToSafe } from "./pace_view.ts";
export type { PageReading, RunFilters } from "./page_reading.ts";
export { DIFFERENCE_WORDS, historyStanding, INSIGHT_WEIGHTS } from "./report_words.ts";
export { ProgressBoard } from "./progress_board.ts";
export type { RunDetail } from "./run_detail.ts";
export {
  explained,
  placeIn,
  type RuleFindings,
  type RunFindings,
  runFindings,
} from "./run_findings.ts";
export { lastCompared } from "./last_compared.ts";
export { inRuleWords, ruleWords } from "./rule_words.ts";
export { lastPart, type RunNames, runNames } from "./run_names.ts";
export type { WayStep } from "./run_way.ts";
export {
  durationWords,
  manyOf,
  type Moment,
  plainWords,
  sentence,
  type Words,
} from "./sentences.ts";
export type { Answer } from "./the_answer.ts";
export { askedBy } from "./person.ts";
export { auditOptions, configuredGate } from "./gate_settings.ts";
export { LocalControl } from "./local_control.ts";
export {
  type ActivityFilter,
  type ActivityListView,
  type ActivityView,
  type FilesView,
  type FileView,
  LongLists,
  type StorageListView,
} from "./long_lists.ts";
export { type EquipmentFacts, type MetricFacts, MetricReader } from "./metric_facts.ts";
export { TIME_TO_SAFE_BOUNDS } from "./metric_counts.ts";
export { problemsView, servedProblems } from "./problems.ts";
export type { GoneCopy, ProvenCopy, RoomView } from "./room_view.ts";
export type { SettingsView, ShownSetting } from "./settings_view.ts";
export { dayMs, type RunListAsked, type RunListView } from "./run_list.ts";
export { type SessionView, sessionWords } from "./session_view.ts";
export type { StagedView } from "./staged_view.ts";
export * from "./views.ts";
