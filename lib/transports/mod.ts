/**
 * transports: how a run's bytes reach a destination and are looked at there. Everything above talks
 * to a `FarSession`; which kind of place that is only the wiring knows, which imports
 * `mount/mod.ts`, `rclone/mod.ts` and `rsync_ssh/mod.ts` by name.
 *
 * Invariants. Only `createBase` makes a base, and only for `destination init` (or `ship`, where
 * `mayCreateFolder` allows). A push sends exactly its list. What may have been proven is moved aside
 * before another file takes its name. No link at the far side is followed. A base is ours only while
 * it carries the UUID this state directory remembers; no UUID and another UUID are failures of the
 * destination, and cost a run nothing. `tests/contract/` holds every transport to this.
 *
 * Terms. *Base*: the destination's folder; far paths are relative to it, with `/`. *Session*: one
 * connection; each pass has its own. *Marker*: `.labferry-destination.json` at the base. *Ceiling*:
 * megabits (10^6 bits) per second that are not exceeded.
 */
export { addressKey, basesOverlap } from "./base_overlap.ts";
export * from "./contract.ts";
export * from "./failure.ts";
export {
  confirmIdentity,
  type ConfirmOptions,
  type DestinationIdentity,
  IDENTITY_FILE,
  initDestination,
  type InitOptions,
  readIdentity,
} from "./identity.ts";
export { type Knowledge, type KnownDestination, KnownDestinations } from "./known_destinations.ts";
export { PROBE_ASIDE, probeFolder } from "./probe.ts";
export { TOOL_NEEDS, type ToolNeed, type ToolVersion } from "./tool_needs.ts";
export {
  type FolderLeave,
  mayCreateFolder,
  type MayCreateOptions,
  sameDisk,
} from "./new_folder.ts";
