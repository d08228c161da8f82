/** Names of new runs: the minute they were made, `-` for `:`, and a number when it is taken. */
import { KIND_NAMES, type RunKind } from "./layout.ts";

/** Nobody starts more runs in one minute; beyond it something is looping. */
const MAX_IN_ONE_MINUTE = 999;

/**
 * `Run_2026-04-17T14-32`, then `…-2`, `…-3` and so on: try them in order and take the first whose
 * directory can be made exclusively. The minute is UTC, as `created_at` is.
 */
export function* leafNames(kind: RunKind, createdAt: Date): Generator<string> {
  const minute = createdAt.toISOString().slice(0, 16).replaceAll(":", "-");
  const first = `${KIND_NAMES[kind].prefix}${minute}`;
  yield first;
  for (let n = 2; n <= MAX_IN_ONE_MINUTE; n++) yield `${first}-${n}`;
}
