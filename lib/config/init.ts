/** The configuration `config init` writes: a commented file that loads as it is. */
import { dirname } from "node:path";
import { encodeUtf8 } from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import { equipmentYaml, type FirstEquipment } from "./first_equipment.ts";
import type { OsName } from "./paths.ts";
import { ConfigError } from "./problems.ts";

/** The name `config init` and the docs give the schema's file, beside the configuration. */
export const SCHEMA_FILE_NAME = "config.schema.json";

export interface InitialOptions {
  /** Whose paths the examples have. @default "linux" */
  readonly os?: OsName;
  /** The first instrument; without one the examples stand alone. */
  readonly equipment?: FirstEquipment | null;
}

/** Loads without problems; each example does so too once its comment marks are taken off. */
export function initialConfig({ os = "linux", equipment = null }: InitialOptions = {}): string {
  const examples = commented(exampleEquipment(os).replace(/^equipment:\n/, ""));
  const first = equipment === null
    ? `# One entry for each instrument. Take off the # before the lines of one example and make it yours.
equipment:
`
    : `# One entry for each instrument.
equipment:
${equipmentYaml(equipment)}
# More of them, as examples: take off the # before the lines of one and make it yours.
`;
  return `# yaml-language-server: $schema=${SCHEMA_FILE_NAME}
# labferry: from the instrument's disk to the NAS, proven. This file is YAML: indent with spaces.
# The first line lets an editor complete the keys, once you have written the schema beside this file:
#   labferry config schema > ${SCHEMA_FILE_NAME}
# Check the file at any time with: labferry config check

${first}${examples}
# Everything below shows the default; a line may be deleted without changing anything.

sync:
  enabled: true              # false: notice and judge runs, send nothing
  max_parallel: 2            # transfers at a time, at most one an instrument
  scan_seconds: 30           # look for new runs this often, beside file events
  settle_seconds: 30         # a run must stay unchanged this long after its signal
  litter: skip               # .DS_Store, Thumbs.db, @eaDir …: skip, or send them as data

verify:
  min_gap_hours: 12          # between two verification passes that count
  scrub_days: 90             # read proven runs again at the destination this often
  max_stream_bytes: 0        # largest file to download for hashing; 0: no limit
  repair: false

# Letting go of local copies. While enabled is false labferry deletes nothing.
nas_cleanup:
  enabled: false
  min_verify_passes: 2
  min_age_hours: 24          # since the first pass
  retain_cache: true         # keep the records (.exlab-wizard) of a deleted run
  rehash: true               # hash each local file once more before it goes
  allow_same_disk: false
  accept_provider_asserted: false

validator:
  content_scan_max_mib: 5
  symlinks: block            # block: a run with links is held; skip: the links stay behind
  windows_names: false
  max_path: 4096

status:
  listen: 127.0.0.1          # loopback only
  port: 8787

# Commands on events: program and arguments, no shell. {event} {run} {equipment} {message}
hooks:
#  on_failed: [${notifier(os)}, "{event}", "{run}", "{message}"]

logging:
  level: INFO                # DEBUG, INFO, WARNING, ERROR or CRITICAL
  central_log_max_mb: 10
  central_log_keep: 5
`;
}

function notifier(os: OsName): string {
  return os === "windows" ? '"C:/labferry/notify.cmd"' : '"/usr/local/bin/notify"';
}

/** The examples of the file, without their comment marks, with the paths of a system. */
export function exampleEquipment(os: OsName): string {
  if (os === "linux") return EXAMPLE_EQUIPMENT;
  const [data, nas] = os === "windows"
    ? ["D:/lab", "//nas01/lab"]
    : ["/Users/lab/data", "/Volumes/lab"];
  return EXAMPLE_EQUIPMENT.replaceAll("/data/lab", data!).replaceAll("/mnt/nas/lab", nas!);
}

const EXAMPLE_EQUIPMENT = `equipment:
  - id: CONFOCAL_01                     # capital letters, digits and _; never changes
    label: Confocal Microscope 1
    local_root: /data/lab               # runs are at /data/lab/CONFOCAL_01/<project>/Runs/…
    nas_root: //nas01/lab               # as people know it
    completeness_signal: sentinel_file  # sentinel_file, manifest, quiet_period or manual
    sentinel_filename: acquisition_complete.flag
    transport:
      type: mount                       # mount, rclone or rsync_ssh
      path: /mnt/nas/lab/CONFOCAL_01
      bandwidth:
        upload_mbps: 50                 # megabits per second, in the hours below
        schedule:
          - { days: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00" }
  - id: FLOW_01
    label: Flow Cytometer 1
    local_root: /data/lab
    nas_root: //nas01/lab
    completeness_signal: quiet_period
    quiet_minutes: 15
    transport:
      type: rsync_ssh
      ssh_target: labuser@nas01.lab.example
      ssh_key_path: ~/.ssh/id_ed25519
      remote_path: /srv/lab/FLOW_01
  - id: PLATE_01
    label: Plate reader
    local_root: /data/lab
    nas_root: lab-nas:lab
    completeness_signal: manual         # labferry run complete DIR, or the page's button
    transport:
      type: rclone
      rclone_remote: lab-nas            # a name from: rclone listremotes
      rclone_remote_path: lab/PLATE_01
`;

function commented(yaml: string): string {
  return yaml.split("\n").slice(0, -1).map((line) => `#${line}\n`).join("");
}

export interface WriteOptions extends InitialOptions {
  readonly os: OsName;
  /** For `~` in paths. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Writes the first configuration, making its folders, and never over a file that exists. What would
 * not load is not written.
 *
 * @throws {LabferryError} `already_exists`; ConfigError (`config_invalid`) for answers that cannot be
 */
export async function writeInitialConfig(path: string, options: WriteOptions): Promise<void> {
  const text = initialConfig(options);
  const { checkConfigText } = await import("./check.ts");
  const { problems, problemCount } = checkConfigText(text, { file: path, ...options });
  if (problems.length > 0) {
    const hint = "nothing was written; say it otherwise and try again";
    throw new ConfigError(path, { problems, total: problemCount, hint });
  }
  await Deno.mkdir(dirname(path), { recursive: true });
  // It names programs that the service starts: nobody but its owner may change it.
  await writeFileAtomic(path, encodeUtf8(text), { createOnly: true, mode: 0o644 });
}
