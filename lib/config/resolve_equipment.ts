/** One entry of `equipment` made whole: its signal with what it needs, its one transport. */
import type { Bandwidth, Completeness, Equipment, TransportSettings } from "./config.ts";
import { expandHome, type ResolveContext } from "./resolve.ts";
import { type BandwidthEntry, minuteOf, type TransportEntry } from "./schema_transport.ts";
import type { EquipmentEntry } from "./schema_equipment.ts";
import { localPath } from "./fields.ts";

/** null when a complaint was made that leaves no equipment to speak of. */
export function resolveEquipment(
  entry: EquipmentEntry,
  base: readonly (string | number)[],
  context: ResolveContext,
): Equipment | null {
  const completeness = resolveCompleteness(entry, base, context);
  const transport = resolveTransport(entry, base, context);
  if (completeness === null || transport === null) return null;
  return {
    id: entry.id,
    label: entry.label ?? entry.id,
    localRoot: expandHome(entry.local_root, [...base, "local_root"], context),
    nasRoot: expandHome(entry.nas_root, [...base, "nas_root"], context),
    syncMode: entry.sync_mode,
    completeness,
    intake: entry.intake === undefined ? null : {
      ...entry.intake,
      watch: entry.intake.watch.map((path, i) =>
        expandHome(path, [...base, "intake", "watch", i], context)
      ),
    },
    transport,
  };
}

function resolveCompleteness(
  entry: EquipmentEntry,
  base: readonly (string | number)[],
  { complain }: ResolveContext,
): Completeness | null {
  switch (entry.completeness_signal) {
    case "sentinel_file": {
      const names = entry.sentinel_filename;
      if (names === undefined || names === "") {
        const why = "completeness_signal sentinel_file needs it";
        complain([...base, "sentinel_filename"], "missing", why);
        return null;
      }
      return { signal: "sentinel_file", filenames: typeof names === "string" ? [names] : names };
    }
    case "manifest":
      if (!entry.manifest_filename) {
        const why = "completeness_signal manifest needs it";
        complain([...base, "manifest_filename"], "missing", why);
        return null;
      }
      return { signal: "manifest", filename: entry.manifest_filename };
    case "quiet_period":
      return { signal: "quiet_period", quietMinutes: entry.quiet_minutes };
    case "manual":
      return { signal: "manual" };
  }
}

function resolveTransport(
  entry: EquipmentEntry,
  base: readonly (string | number)[],
  context: ResolveContext,
): TransportSettings | null {
  if (entry.sync_mode === "nas") {
    if (entry.transport !== undefined) {
      return resolveNasTransport(entry, entry.transport, { base, context });
    }
    context.complain([...base, "transport"], "missing", "it says how runs reach the NAS");
    return null;
  }
  const staging = entry.orchestrator_staging_transport;
  if (staging === undefined) {
    const keyPath = [...base, "orchestrator_staging_transport"];
    context.complain(keyPath, "missing", "sync_mode stage needs it");
    return null;
  }
  const keyPath = [...base, "orchestrator_staging_transport", "mount_point"];
  const mountPoint = expandHome(staging.mount_point, keyPath, context);
  // The staging area has the layout's shape, in which the first folder is the equipment's.
  const subpath = staging.staging_subpath ?? entry.id;
  return {
    type: "mount",
    path: `${mountPoint.replace(/[/\\]+$/, "")}/${subpath}`,
    bandwidth: resolveBandwidth(staging.bandwidth),
  };
}

function resolveNasTransport(
  entry: EquipmentEntry,
  transport: TransportEntry,
  { base, context }: {
    readonly base: readonly (string | number)[];
    readonly context: ResolveContext;
  },
): TransportSettings | null {
  const bandwidth = resolveBandwidth(transport.bandwidth);
  switch (transport.type) {
    case "mount": {
      if (transport.path === undefined && !localPath().safeParse(entry.nas_root).success) {
        context.complain(
          [...base, "nas_root"],
          "must be an absolute folder, because it is the destination of transport mount",
        );
        return null;
      }
      const keyPath = transport.path === undefined
        ? [...base, "nas_root"]
        : [...base, "transport", "path"];
      const path = expandHome(transport.path ?? entry.nas_root, keyPath, context);
      return { type: "mount", path, bandwidth };
    }
    case "rclone":
      return {
        type: "rclone",
        remote: transport.rclone_remote,
        remotePath: transport.rclone_remote_path,
        bandwidth,
      };
    case "rsync_ssh":
      return {
        type: "rsync_ssh",
        target: transport.ssh_target,
        keyPath: transport.ssh_key_path === undefined
          ? null
          : expandHome(transport.ssh_key_path, [...base, "transport", "ssh_key_path"], context),
        port: transport.ssh_port,
        remotePath: transport.remote_path,
        bandwidth,
      };
  }
}

function resolveBandwidth(entry: BandwidthEntry): Bandwidth {
  return {
    uploadMbps: entry.upload_mbps,
    windows: entry.schedule.map((window) => ({
      days: window.days,
      fromMinute: minuteOf(window.from),
      toMinute: minuteOf(window.to),
    })),
  };
}
