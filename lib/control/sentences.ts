/** A sentence whose times are kept as instants, so that each reader sees them in a zone of their own. */
export interface Moment {
  /** ISO 8601. */
  readonly at: string;
}

export type Words = readonly (string | Moment)[];

/** The sentence as one text; `time` says how an instant is written. */
export function plainWords(words: Words, time: (at: string) => string): string {
  return words.map((part) => typeof part === "string" ? part : time(part.at)).join("");
}

/** `1 run`, `42 runs`, `100,000 runs`. */
export function manyOf(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : several}`;
}

/** `40 s`, `12 min`, `3.5 h`, `6 days`: how long something takes, as people say it. */
export function durationWords(seconds: number): string {
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400).toLocaleString("en")} days`;
}

/** A hint as a sentence of its own. */
export function sentence(text: string): string {
  const ended = /[.!?)]$/.test(text) ? text : `${text}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}

/** For a count of what was looked at, where that may not be all. */
export function runsAtLeast(runs: number, mayBeMore = false): string {
  return mayBeMore ? `At least ${manyOf(runs, "run")}` : manyOf(runs, "run");
}
