/**
 * The make-believe lab: one temporary folder with an instrument PC's data disk, a NAS, a
 * configuration and a state directory. Nothing outside of it is read or written, and it is gone
 * when the demo ends.
 */
import { join } from "node:path";
import { statfs } from "node:fs/promises";
import { formatBytes, LabferryError } from "../base/mod.ts";
import { type Config, loadConfig } from "../config/mod.ts";
import { openStateDir, type StateDir } from "../daemon/mod.ts";
import { KnownDestinations } from "../transports/mod.ts";
import type { SettingsView } from "../control/mod.ts";
import { markDestination } from "./destination.ts";
import { shownSettings } from "./shown_settings.ts";

export interface DemoLab extends AsyncDisposable {
  readonly path: string;
  readonly nasPath: string;
  readonly config: Config;
  readonly stateDir: StateDir;
  /** For its page. */
  readonly settings: () => Promise<SettingsView>;
  /** Another computer of the lab, with a disk, a configuration and a state of its own. */
  readonly neighbour: DemoComputer;
}

export type DemoComputer = Pick<DemoLab, "config" | "stateDir" | "settings">;

export interface LabOptions {
  /** Ceiling of the confocal's transfers, so that one sees them move. */
  readonly confocalMbps: number;
  readonly port: number;
  readonly signal: AbortSignal;
}

/** Both copies of the demo's runs, and room to spare. */
const NEEDED_BYTES = 500_000_000;

/** @throws LabferryError `disk_full` when the temporary folder's disk has no room for the demo */
export async function makeLab({ confocalMbps, port, signal }: LabOptions): Promise<DemoLab> {
  // The real path: on macOS the temporary folder is behind a link, and a run has only one path.
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "labferry-demo-" }));
  await using made = new AsyncDisposableStack();
  made.defer(() => Deno.remove(path, { recursive: true }));
  await refuseSmallDisk(path);
  const dataPath = join(path, "instrument-pc", "data");
  const nasPath = join(path, "nas", "lab");
  await Deno.mkdir(dataPath, { recursive: true });
  await Deno.mkdir(nasPath, { recursive: true });
  const own = configText({ dataPath, nasPath, confocalMbps, port });
  const pc = await computerAt(path, { text: own, signal });
  const gelPath = join(path, "gel-pc", "data");
  await Deno.mkdir(gelPath, { recursive: true });
  const text = neighbourText({ dataPath: gelPath, nasPath });
  const neighbour = await computerAt(join(path, "gel-pc"), { text, signal });
  const keep = made.move();
  return { path, nasPath, ...pc, neighbour, [Symbol.asyncDispose]: () => keep.disposeAsync() };
}

async function computerAt(
  folder: string,
  { text, signal }: { readonly text: string; readonly signal: AbortSignal },
): Promise<DemoComputer> {
  const configPath = join(folder, "config.yaml");
  await Deno.writeTextFile(configPath, text);
  const loaded = await loadConfig({ path: configPath, env: {} });
  const { config } = loaded;
  const stateDir = await openStateDir(join(folder, "state"));
  const known = new KnownDestinations(stateDir.path);
  for (const equipment of config.equipment) {
    await markDestination(equipment, { stateDir, known, signal });
  }
  return { config, stateDir, settings: () => shownSettings(loaded) };
}

async function refuseSmallDisk(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const freeBytes = bavail * bsize;
  if (freeBytes >= NEEDED_BYTES) return;
  throw new LabferryError("disk_full", "There is no room for the demo", {
    path,
    why: `it needs ${formatBytes(NEEDED_BYTES)}, and ${formatBytes(freeBytes)} are free`,
    hint: "make room, or let TMPDIR (on Windows TEMP) name a folder on another disk",
  });
}

/** The same file a facility would write; quoted as JSON, so that any path is one YAML text. */
function configText(
  { dataPath, nasPath, confocalMbps, port }: {
    readonly dataPath: string;
    readonly nasPath: string;
    readonly confocalMbps: number;
    readonly port: number;
  },
): string {
  const quoted = JSON.stringify;
  const roots = `local_root: ${quoted(dataPath)}
    nas_root: ${quoted(nasPath)}`;
  return `# The demo's lab: three instruments that say in three ways that a run is complete.
equipment:
  - id: CONFOCAL_01
    label: Confocal microscope
    ${roots}
    completeness_signal: sentinel_file
    sentinel_filename: acquisition_complete.flag
    transport:
      type: mount
      path: ${quoted(join(nasPath, "CONFOCAL_01"))}
      bandwidth: { upload_mbps: ${confocalMbps} }
  - id: FLOW_01
    label: Flow cytometer
    ${roots}
    completeness_signal: manifest
    manifest_filename: run_manifest.json
    transport: { type: mount, path: ${quoted(join(nasPath, "FLOW_01"))} }
  - id: PLATE_01
    label: Plate reader
    ${roots}
    completeness_signal: quiet_period
    quiet_minutes: 0.05 # three seconds: the tempo of a demo, not of a lab
    transport: { type: mount, path: ${quoted(join(nasPath, "PLATE_01"))} }
sync: { scan_seconds: 2, settle_seconds: 1 } # likewise
fleet: { heartbeat_seconds: 2 } # likewise
status: { port: ${port} }
`;
}

function neighbourText(
  { dataPath, nasPath }: { readonly dataPath: string; readonly nasPath: string },
): string {
  const quoted = JSON.stringify;
  return `# Another computer of the demo's lab, with one instrument.
equipment:
  - id: GEL_01
    label: Gel imager
    local_root: ${quoted(dataPath)}
    nas_root: ${quoted(nasPath)}
    completeness_signal: manifest
    manifest_filename: run_manifest.json
    transport: { type: mount, path: ${quoted(join(nasPath, "GEL_01"))} }
sync: { scan_seconds: 2, settle_seconds: 1 } # the tempo of a demo
fleet: { heartbeat_seconds: 2 }
status: { port: 0 }
`;
}
