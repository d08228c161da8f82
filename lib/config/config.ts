/**
 * The configuration as the rest of labferry sees it: complete (defaults filled in), resolved (`~`
 * expanded, one transport an equipment), frozen, with units in the names.
 */

import type { DoneRules, RunRules } from "./run_rules.ts";

export interface Config {
  readonly equipment: readonly Equipment[];
  readonly sync: SyncSettings;
  /** `yield` in the file; null: transfers never wait for other programs. */
  readonly yielding: YieldSettings | null;
  readonly verify: VerifySettings;
  readonly nasCleanup: NasCleanupSettings;
  readonly restore: RestoreSettings;
  readonly records: RecordsSettings;
  readonly drill: DrillSettings;
  readonly fleet: FleetSettings;
  readonly sessions: SessionsSettings;
  readonly validator: ValidatorSettings;
  readonly orchestrator: OrchestratorSettings;
  readonly status: StatusSettings;
  readonly hooks: HookSettings;
  readonly logging: LoggingSettings;
}

export interface Equipment {
  /** `^[A-Z][A-Z0-9_]*$`, at most 32 characters; unique in the file. */
  readonly id: string;
  readonly label: string;
  /** Runs are at `<localRoot>/<id>/<project>/{Runs,TestRuns}/…`. */
  readonly localRoot: string;
  /** The NAS as people know it; what records call `configured_nas_root`. */
  readonly nasRoot: string;
  /** `stage`: the transport leads to an orchestrator's staging area, completeness marker last. */
  readonly syncMode: "nas" | "stage";
  /** With `stage`: how people say that runs reach the staging area. */
  readonly stagedBy?: "smb_mount" | "file_transfer";
  readonly completeness: Completeness;
  /** What holds beside the signal: what must not be there, what stays behind, how it ended. */
  readonly rules: RunRules;
  readonly intake: IntakeSettings | null;
  /** Not null: its runs lie on the share of a computer that cannot run labferry (`rules.md` 28). */
  readonly pull: PullSettings | null;
  /** Null: its runs belong to no session over several PCs (`rules.md` 29). */
  readonly session: SessionSettings | null;
  /** Which of its files state hashes of the others; compared in the same reading. */
  readonly origin: readonly ("minknow" | "spikeglx" | "sidecars")[];
  /** Settled files of a run that is still being acquired are sent early (`rules.md` 27). */
  readonly headStart: boolean;
  /** A run at least so often, or it is silent; null: nothing is expected. */
  readonly expectEveryHours: number | null;
  readonly transport: TransportSettings;
}

/** How an equipment says that a run is complete. */
export type Completeness =
  /** All of these files (paths below the run, with `/`) exist. */
  | { readonly signal: "sentinel_file"; readonly filenames: readonly string[] }
  | { readonly signal: "manifest"; readonly filename: string }
  | { readonly signal: "quiet_period"; readonly quietMinutes: number }
  | { readonly signal: "manual" }
  /** Several things at once, as presets have it. */
  | { readonly signal: "done"; readonly done: DoneRules; readonly quietMinutes: number };

/** Folders outside the layout whose new sub-folders are adopted by themselves. */
export interface IntakeSettings {
  readonly watch: readonly string[];
  /** Of all of them, or a regular expression whose parts `project` and `operator` read its name. */
  readonly project: string | { readonly pattern: string };
  /** `adopt`: runs stay where they are; `move`: into the layout when they are complete. */
  readonly mode: "adopt" | "move";
  /** What lies there at the first start (`rules.md` 26): taken too, or left alone. */
  readonly existing: "all" | "new_only" | { readonly sinceMs: number };
  /** What one run is: each sub-folder, or the files of one group. */
  readonly run: { readonly kind: "folder" } | {
    readonly kind: "files";
    /** Which names are data. */
    readonly match: string;
    /** `stem`, `prefix`, or a regular expression with one group. */
    readonly group: string;
    /** The folder beside the files that belongs to them, `*` for their stem. */
    readonly beside?: string;
  };
}

/** How a share is known from which runs are fetched. */
export interface PullSettings {
  /** Absolute: a file or folder on the share that must be there. */
  readonly anchor: string;
  /** As the table of mounts names it; null: what was there first is remembered. */
  readonly address: string | null;
  /** Runs that are let go are deleted on the share too, where it may be written. */
  readonly mayDelete: boolean;
}

export type TransportSettings = MountSettings | RcloneSettings | RsyncSshSettings;

export interface MountSettings {
  readonly type: "mount";
  /** The destination's base: an absolute folder of this machine. */
  readonly path: string;
  readonly bandwidth: Bandwidth;
}

export interface RcloneSettings {
  readonly type: "rclone";
  /** A remote of the rclone configuration, without the colon. */
  readonly remote: string;
  readonly remotePath: string;
  readonly bandwidth: Bandwidth;
}

export interface RsyncSshSettings {
  readonly type: "rsync_ssh";
  /** `user@host` or a host of the ssh configuration. */
  readonly target: string;
  /** null: whatever the ssh configuration names. */
  readonly keyPath: string | null;
  readonly port: number;
  /** Absolute on the far side. */
  readonly remotePath: string;
  readonly bandwidth: Bandwidth;
}

export interface Bandwidth {
  /** Ceiling in megabits (10^6 bits) per second; 0 pauses, null is no limit. */
  readonly uploadMbps: number | null;
  /** When the ceiling holds, in local civil time; empty: always. */
  readonly windows: readonly BandwidthWindow[];
}

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = typeof WEEKDAYS[number];

export interface BandwidthWindow {
  /** The days on which the window begins. */
  readonly days: readonly Weekday[];
  /** Minutes after local midnight, 0 to 1439. */
  readonly fromMinute: number;
  /** 1 to 1440; not after `fromMinute`: the window ends on the day after. */
  readonly toMinute: number;
}

export interface SyncSettings {
  readonly enabled: boolean;
  readonly maxParallel: number;
  readonly scanSeconds: number;
  readonly settleSeconds: number;
  /** What operating systems leave beside the data (`isLitter` of records): stays behind, or goes. */
  readonly litter: "skip" | "send";
}

/** When transfers leave the computer to the instrument's own software. */
export interface YieldSettings {
  /** Program names without a folder, as written. */
  readonly processes: readonly string[];
  /** Percent of all processors that others use, labferry's own use not counted; null: not looked at. */
  readonly cpuAbovePercent: number | null;
  /** When it yields; empty: always. */
  readonly activeWindows: readonly BandwidthWindow[];
}

export interface VerifySettings {
  readonly minGapHours: number;
  readonly scrubDays: number;
  /** How proven runs are read again after their passes. */
  readonly scrub: "off" | "provider" | "full";
  /** Most that the scrub reads a day, in GiB; null: no limit. */
  readonly scrubMaxGibPerDay: number | null;
  /** Largest file that may be read back over the wire; 0: no limit. */
  readonly maxStreamBytes: number;
  readonly repair: boolean;
}

/** When the local copy may go. `enabled` is false unless the file says otherwise. */
export interface NasCleanupSettings {
  readonly enabled: boolean;
  readonly minVerifyPasses: number;
  readonly minAgeHours: number;
  readonly retainCache: boolean;
  readonly rehash: boolean;
  readonly allowSameDisk: boolean;
  readonly acceptProviderAsserted: boolean;
  /** With either set, age alone deletes nothing: copies go while less is free, the oldest first. */
  readonly keepFreeGb: number | null;
  readonly keepFreePercent: number | null;
}

export interface RestoreSettings {
  /** Absolute folders below which the service may restore, beside the runs' own places. */
  readonly roots: readonly string[];
}

export interface RecordsSettings {
  /** A URL or a sentence; null when nobody said. */
  readonly license: string | null;
}

/** How an equipment's runs are parts of sessions. */
export interface SessionSettings {
  /** Of all its runs, or a regular expression whose part `session` reads it from their names. */
  readonly id: string | { readonly pattern: string };
  /** Ids of the equipment, here and on other PCs, whose runs make a session complete. */
  readonly parts: readonly string[];
}

export interface SessionsSettings {
  /** Absolute folders: bases of other equipment, where its parts are read. */
  readonly bases: readonly string[];
}

export interface DrillSettings {
  /** Of one drill; 0 for no weekly one. */
  readonly maxBytes: number;
}

export interface FleetSettings {
  /** Between two heartbeats at each destination. */
  readonly heartbeatSeconds: number;
}

export interface ValidatorSettings {
  readonly contentScanMaxMib: number;
  /** Lower case, with the dot. */
  readonly contentScanExtensions: readonly string[];
  readonly symlinks: "block" | "skip";
  readonly windowsNames: boolean;
  readonly maxPath: number;
}

export interface OrchestratorSettings {
  readonly enabled: boolean;
  readonly label: string | null;
  /** Not null when `enabled`. */
  readonly stagingRoot: string | null;
  /**
   * Where runs of equipment go that this file does not name: each to a folder of its own below it
   * (`receivedEquipment`). Null: such runs are left where they are, and shown.
   */
  readonly transport: TransportSettings | null;
  readonly stagingCleanup: { readonly mode: "manual" | "scheduled"; readonly retainHours: number };
}

export interface StatusSettings {
  /** A loopback address or `localhost`. */
  readonly listen: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Each has an event behind it; a name without one would be a promise. */
export const HOOK_EVENTS = [
  "on_verified",
  "on_failed",
  "on_blocked",
  "on_cleaned",
  "on_destination_down",
  "on_destination_up",
  "on_disk_warning",
  "on_silence",
  "on_far_damage",
  "on_heartbeat",
] as const;
export type HookEvent = typeof HOOK_EVENTS[number];
/** What an argument may hold in braces; each is replaced inside its argument, no shell sees it. */
export const HOOK_PLACEHOLDERS = [
  "event",
  "run",
  "equipment",
  "destination",
  "message",
  "fail",
] as const;
/** The command of each event: program, then arguments. */
export type HookSettings = Readonly<Partial<Record<HookEvent, readonly string[]>>>;

/** LogTape's level names. */
export type LogLevelName = "debug" | "info" | "warning" | "error" | "fatal";

export interface LoggingSettings {
  readonly level: LogLevelName;
  readonly centralLogMaxMb: number;
  readonly centralLogKeep: number;
}
