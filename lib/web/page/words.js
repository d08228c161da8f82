// The page's words and numbers, for a person who has never read the manual.

import { VOCABULARY } from "./vocabulary.js";

/** `[words, tone]` for a run's chip; the same as `stageOf` of lib/queue/words.ts. */
export function stageOf(job) {
  const { holds, furtherStages, states } = VOCABULARY;
  if (job.alarm) return chip(furtherStages.alarmed);
  if (job.hold) return chip(own(holds, job.hold), job.hold);
  if (job.state === "queued" && job.last_error) return chip(furtherStages.triedBefore);
  if (job.state === "cleaned" && job.verify_passes === 0) return chip(furtherStages.notProven);
  if (job.handed_over) return chip(furtherStages.handedOver);
  return chip(own(states, job.state), job.state);
}

export function stateWords(state) {
  return VOCABULARY.states[state].words;
}

/** `[words, tone]` of a destination that nothing is being sent to. */
export function destinationStage({ state, code }) {
  const { destinations, downByCode } = VOCABULARY;
  return chip(destinations[own(downByCode, code) ?? state] ?? destinations.unknown);
}

export const IN_USE = chip(VOCABULARY.destinations.inUse);
export const PAUSED = chip(VOCABULARY.destinations.paused);

/** What only a newer labferry knows is shown as it is. */
function chip(stage, name) {
  return stage ? [stage.words, stage.tone] : [name, "idle"];
}

function own(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

export function phaseWords(phase) {
  return own(VOCABULARY.phases, phase) ?? phase;
}

export function eventWords({ kind, detail }) {
  if (kind === "override_added" || kind === "override_revoked") return decisionWords(kind, detail);
  const words = own(VOCABULARY.events, kind) ?? kind.replaceAll("_", " ");
  const more = detail?.message ?? detail?.reason;
  return more && more !== kind ? `${words}: ${more}` : words;
}

/** `Ada let “case collision” pass until 31 Dec 2026: the instrument writes both` */
function decisionWords(kind, { operator, class: rule, reason, expires_at }) {
  if (kind === "override_revoked") return `${operator} took an override back: ${reason}`;
  const until = expires_at ? ` until ${clock(expires_at)}` : "";
  return `${operator} let “${rule.replaceAll("_", " ")}” pass${until}: ${reason}`;
}

/** The sentence after a failure's reason: what it advises itself, or else what its code means. */
export function adviceFor({ code, hint } = {}) {
  return hint ? sentence(hint) : own(VOCABULARY.advice, code) ?? VOCABULARY.advice.unknown;
}

function sentence(text) {
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  return ended[0].toUpperCase() + ended.slice(1);
}

/** `FLOW_01 is paused since 20:18, by ada.` */
export function pauseWords({ scope, since, by, reason }) {
  const what = scope === "*" ? "Everything" : scope;
  const why = reason ? `: ${reason}` : "";
  return `${what} is paused since ${clock(since)}, by ${by}${why}.`;
}

/** What was proven: `26 of 26 files read back and compared`. */
export function proofWords(job) {
  if (!job.verification || job.verify_passes === 0) return "";
  const { matched, strength } = job.verification;
  const how = own(VOCABULARY.strengths, strength) ?? strength;
  const passes = job.verify_passes > 1 ? `, ${job.verify_passes} times` : "";
  return `${number(matched)} of ${files(job.files)} ${how}${passes}`;
}

/** Name, project and kind of a run, from the path it has everywhere. */
export function runNames(job) {
  const far = job.far_path.split("/");
  const inLayout = far.length >= 3;
  return {
    name: far.at(-1),
    project: inLayout ? far.slice(0, -2).join("/") : "",
    isTest: inLayout && far.at(-2) === "TestRuns",
  };
}

export function runs(count) {
  return count === 1 ? "1 run" : `${number(count)} runs`;
}

export function files(count) {
  return count === 1 ? "1 file" : `${number(count)} files`;
}

export function number(value) {
  return value.toLocaleString("en");
}

export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** Date and time, whatever day it is; in this browser's time zone. */
export function instant(at) {
  return at ? new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "";
}

/** `20:18` today, with the date on another day; in this browser's time zone. */
export function clock(instant, now = new Date()) {
  if (!instant) return "";
  const date = new Date(instant);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString([], { dateStyle: "medium" })}, ${time}`;
}
