/** The five states of a staged run. Forward only, one step at a time; the history says which. */

export const INGEST_STATES = [
  "staging",
  "complete",
  "sync_queued",
  "sync_verified",
  "cleared",
] as const;
export type IngestState = typeof INGEST_STATES[number];

export function isIngestState(text: string): text is IngestState {
  return (INGEST_STATES as readonly string[]).includes(text);
}

/** The state after `state`; null after the last and after one we do not know. */
export function nextIngestState(state: string): IngestState | null {
  if (!isIngestState(state)) return null;
  return INGEST_STATES[INGEST_STATES.indexOf(state) + 1] ?? null;
}

interface Stepped {
  readonly current_state: string;
  readonly history: readonly { readonly state: string }[];
}

/**
 * Why history and `current_state` cannot both be true; null when they agree. The other program may
 * begin a record without an entry for `staging`: then the history begins with `complete`.
 */
export function ingestFault({ current_state, history }: Stepped): string | null {
  const first = history[0]?.state === INGEST_STATES[1] ? 1 : 0;
  for (const [index, { state }] of history.entries()) {
    const expected = INGEST_STATES[first + index];
    if (state !== expected) {
      return `history entry ${index + 1} says ${state}, where only ${
        expected ?? "nothing"
      } can follow`;
    }
  }
  const last = history.at(-1);
  if (!last) {
    if (current_state === INGEST_STATES[0]) return null;
    return `current_state says ${current_state}, but its history is empty`;
  }
  if (last.state === current_state) return null;
  return `current_state says ${current_state}, but the last entry of history says ${last.state}`;
}
