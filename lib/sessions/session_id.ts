/** Which session a run's name says it belongs to: a pure function. Never made to fit, and never guessed. */
import { foldName } from "../base/fold_name.ts";

/** As `session` of an equipment in the configuration. */
export interface SessionRule {
  /** Of all its runs, or a regular expression whose part `session` reads it from their names. */
  readonly id: string | { readonly pattern: string };
  /** Equipment ids, here and on other PCs. */
  readonly parts: readonly string[];
}

/** Null for a run of no session: its name does not fit, or what it says is no folder's name. */
export function sessionIdOf(name: string, { id }: Pick<SessionRule, "id">): string | null {
  // Groups of files have their names folded already: letters count alike everywhere.
  const said = typeof id === "string"
    ? id
    : new RegExp(id.pattern, "iu").exec(name)?.groups?.["session"];
  if (said === undefined) return null;
  const folded = foldName(said.trim());
  return SAFE.test(folded) && !folded.endsWith(".") ? folded : null;
}

const SAFE = /^[\p{L}\p{N}_-][\p{L}\p{N} ._-]{0,99}$/u;
