/** From the file's entries to the settings the rooms use: names with units, nothing optional left. */
import type {
  Config,
  Equipment,
  HookSettings,
  LogLevelName,
  NasCleanupSettings,
  OrchestratorSettings,
  SyncSettings,
  TransportSettings,
  ValidatorSettings,
  VerifySettings,
} from "./config.ts";
import type { Complaint, KeyPath } from "./problems.ts";
import type { SectionEntries } from "./schema.ts";
import { resolveBandwidth } from "./schema_bandwidth.ts";
import type { TransportEntry } from "./schema_transport.ts";
import { resolveYield } from "./schema_yield.ts";
import { resolveTransport } from "./transports/mod.ts";

export interface ResolveContext {
  /** The home folder `~` stands for; null when this account has none. */
  readonly home: string | null;
  readonly complain: (complaint: Complaint) => void;
}

const STAGING_ROOT: KeyPath = ["orchestrator", "staging_root"];

export function resolveConfig(
  entries: SectionEntries,
  equipment: readonly Equipment[],
  context: ResolveContext,
): Config {
  const { staging_root, enabled, label, staging_cleanup, transport } = entries.orchestrator;
  const orchestrator: OrchestratorSettings = {
    enabled: enabled ?? staging_root !== undefined,
    label: label ?? null,
    stagingRoot: staging_root === undefined
      ? null
      : expandHome(staging_root, { ...context, keyPath: STAGING_ROOT }),
    transport: transport === undefined ? null : resolveReceiving(transport, context),
    stagingCleanup: { mode: staging_cleanup.mode, retainHours: staging_cleanup.retain_hours },
  };
  if (orchestrator.enabled && orchestrator.stagingRoot === null) {
    context.complain({
      keyPath: STAGING_ROOT,
      what: "missing",
      hint: "an orchestrator needs it",
    });
  }
  return {
    equipment,
    sync: resolveSync(entries.sync),
    yielding: resolveYield(entries.yield),
    verify: resolveVerify(entries.verify),
    nasCleanup: resolveCleanup(entries.nas_cleanup),
    restore: {
      roots: entries.restore.roots.map((root, at) =>
        expandHome(root, { ...context, keyPath: ["restore", "roots", at] })
      ),
    },
    records: { license: entries.records.license },
    drill: { maxBytes: Math.round(entries.drill.max_gib * 2 ** 30) },
    fleet: { heartbeatSeconds: entries.fleet.heartbeat_seconds },
    sessions: {
      bases: entries.sessions.bases.map((base, at) =>
        expandHome(base, { ...context, keyPath: ["sessions", "bases", at] })
      ),
    },
    validator: resolveValidator(entries.validator),
    orchestrator,
    status: entries.status,
    hooks: resolveHooks(entries.hooks),
    logging: {
      level: LEVELS[entries.logging.level],
      centralLogMaxMb: entries.logging.central_log_max_mb,
      centralLogKeep: entries.logging.central_log_keep,
    },
  };
}

/** The transport below which each equipment that is not configured has its folder. */
function resolveReceiving(
  transport: TransportEntry,
  context: ResolveContext,
): TransportSettings | null {
  const keyAt = (key: KeyPath): KeyPath => ["orchestrator", ...key];
  return resolveTransport(transport, {
    nasRoot: "",
    bandwidth: resolveBandwidth(transport.bandwidth),
    pathAt: (key, text) => expandHome(text, { ...context, keyPath: keyAt(key) }),
    complain: () =>
      context.complain({
        keyPath: keyAt(["transport", "path"]),
        what: "missing",
        hint: "it is the folder below which each equipment gets its own",
      }),
  });
}

/** `~/x` as a path below the home folder; everything else as it is. */
export function expandHome(
  path: string,
  { keyPath, home, complain }: ResolveContext & { readonly keyPath: KeyPath },
): string {
  if (!/^~([/\\]|$)/.test(path)) return path;
  if (home === null) {
    complain({ keyPath, what: "~ stands for the home folder, and this account has none" });
    return path;
  }
  return home + path.slice(1);
}

function resolveSync(entry: SectionEntries["sync"]): SyncSettings {
  return {
    enabled: entry.enabled,
    maxParallel: entry.max_parallel,
    scanSeconds: entry.scan_seconds,
    settleSeconds: entry.settle_seconds,
    litter: entry.litter,
  };
}

function resolveVerify(entry: SectionEntries["verify"]): VerifySettings {
  return {
    minGapHours: entry.min_gap_hours,
    scrubDays: entry.scrub_days,
    scrub: entry.scrub,
    scrubMaxGibPerDay: entry.scrub_max_gib_per_day,
    maxStreamBytes: entry.max_stream_bytes,
    repair: entry.repair,
  };
}

function resolveCleanup(entry: SectionEntries["nas_cleanup"]): NasCleanupSettings {
  return {
    enabled: entry.enabled,
    minVerifyPasses: entry.min_verify_passes,
    minAgeHours: entry.min_age_hours,
    retainCache: entry.retain_cache,
    rehash: entry.rehash,
    allowSameDisk: entry.allow_same_disk,
    acceptProviderAsserted: entry.accept_provider_asserted,
    keepFreeGb: entry.keep_free_gb,
    keepFreePercent: entry.keep_free_percent,
  };
}

function resolveValidator(entry: SectionEntries["validator"]): ValidatorSettings {
  return {
    contentScanMaxMib: entry.content_scan_max_mib,
    contentScanExtensions: entry.content_scan_extensions.map((text) => text.toLowerCase()),
    symlinks: entry.symlinks,
    windowsNames: entry.windows_names,
    maxPath: entry.max_path,
  };
}

function resolveHooks(entry: SectionEntries["hooks"]): HookSettings {
  return Object.fromEntries(
    Object.entries(entry).filter(([, command]) => command !== undefined),
  );
}

/** The file has Python's level names, as ExLab-Wizard does. */
const LEVELS: Readonly<Record<SectionEntries["logging"]["level"], LogLevelName>> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warning",
  ERROR: "error",
  CRITICAL: "fatal",
};
