/**
 * Answers about all runs, kept until a run moves: with a hundred thousand runs counting takes 10 to 20 ms,
 * and an open page asks every few seconds. Whatever moves a run appends to the timeline in the same
 * transaction, so the newest event's number says whether an answer is still true; what another
 * connection commits is known by SQLite's `data_version`. In memory: a new start counts anew.
 */
import type { Connection } from "./connection.ts";

/** Different questions between two events; people type, and a page has some dozen. */
const MOST_ANSWERS = 100;

interface Answers {
  readonly version: string;
  readonly byQuestion: Map<string, unknown>;
}

const kept = new WeakMap<Connection, Answers>();

/** What `ask` says, or said while no run has moved since. `question` names it and all its values. */
export function remembered<T>(connection: Connection, question: string, ask: () => T): T {
  // What is seen within a transaction may yet be taken back, and its event's number given again.
  if (connection.database.isTransaction) return ask();
  const answers = answersOf(connection);
  if (answers.byQuestion.has(question)) return answers.byQuestion.get(question) as T;
  const answer = ask();
  if (answers.byQuestion.size >= MOST_ANSWERS) answers.byQuestion.clear();
  answers.byQuestion.set(question, answer);
  return answer;
}

function answersOf(connection: Connection): Answers {
  const version = runsVersion(connection);
  const known = kept.get(connection);
  if (known?.version === version) return known;
  const fresh = { version, byQuestion: new Map<string, unknown>() };
  kept.set(connection, fresh);
  return fresh;
}

/** Another after every change of a run, whoever made it. */
export function runsVersion(connection: Connection): string {
  const { seq } = connection.get<{ seq: number | null }>(
    "SELECT max(seq) AS seq FROM job_events",
  )!;
  const { data_version: others } = connection.get<{ data_version: number }>(
    "PRAGMA data_version",
  )!;
  return `${seq ?? 0} ${others}`;
}
