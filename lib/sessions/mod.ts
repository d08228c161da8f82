/**
 * sessions: one acquisition over several PCs (`rules.md` 29), a probe on each of two rigs, a camera on a
 * third. Each service says at its own destination's base how its part stands, and reads what the others
 * say there. There is no server, and nobody waits for anybody: a run goes as it would without a session.
 *
 * Invariants. A session is complete when of every part that the configuration names there are runs, and
 * all of them are proven. What cannot be read (torn, of a newer labferry, another's) is said, and counts as
 * missing. A file over there is replaced only if it is what we last put there; else it is set aside.
 *
 * Terms. *Part*: an equipment's runs of a session. *Id*: what the runs' names have in common, case-folded.
 */
export { partText, readPart, type SessionPart, type SessionRun } from "./part_file.ts";
export { sessionIdOf, type SessionRule } from "./session_id.ts";
export {
  NO_SESSIONS,
  type PartStanding,
  type SessionOf,
  Sessions,
  type SessionStanding,
} from "./sessions.ts";
export { sessionFolder } from "./place.ts";
