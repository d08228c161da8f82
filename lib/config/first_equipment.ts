/** One instrument as `config init` writes it, with a word behind each line that people ask about. */
import type { Completeness, MountSettings, RcloneSettings, RsyncSshSettings } from "./config.ts";

/** What can be said in one answer; rules of several things at once are a preset's, or the file's. */
export type FirstCompleteness = Exclude<Completeness, { readonly signal: "done" }>;

export interface FirstEquipment {
  readonly id: string;
  readonly label: string;
  readonly localRoot: string;
  readonly nasRoot: string;
  readonly completeness: FirstCompleteness;
  readonly intake: FirstIntake | null;
  readonly transport: FirstTransport;
}

/** A folder of the instrument's software. */
export interface FirstIntake {
  readonly watch: string;
  readonly project: string;
  readonly existing: "all" | "new_only";
}

export type FirstTransport =
  | Pick<MountSettings, "type" | "path">
  | Pick<RcloneSettings, "type" | "remote" | "remotePath">
  | Pick<RsyncSshSettings, "type" | "target" | "keyPath" | "port" | "remotePath">;

/** A list entry of `equipment`, indented for it. What was answered is quoted, whatever it holds. */
export function equipmentYaml(equipment: FirstEquipment): string {
  const { id, label, localRoot, nasRoot, completeness, intake, transport } = equipment;
  return [
    `  - id: ${quoted(id)}   # never changes: it is in every record`,
    `    label: ${quoted(label)}`,
    `    local_root: ${quoted(localRoot)}   # runs are at <local_root>/${id}/<project>/Runs/…`,
    `    nas_root: ${quoted(nasRoot)}   # the NAS as people know it`,
    ...signalLines(completeness).map((line) => `    ${line}`),
    ...intakeLines(intake).map((line) => `    ${line}`),
    "    transport:",
    ...transportLines(transport).map((line) => `      ${line}`),
    "",
  ].join("\n");
}

function signalLines(completeness: FirstCompleteness): string[] {
  const line = `completeness_signal: ${completeness.signal}`;
  switch (completeness.signal) {
    case "sentinel_file":
      return [line, `sentinel_filename: ${listed(completeness.filenames)}`];
    case "manifest":
      return [line, `manifest_filename: ${quoted(completeness.filename)}`];
    case "quiet_period":
      return [line, `quiet_minutes: ${completeness.quietMinutes}`];
    case "manual":
      return [`${line}   # labferry run complete DIR, or the page's button`];
  }
}

function intakeLines(intake: FirstIntake | null): string[] {
  if (intake === null) return [];
  return [
    "intake:",
    `  watch: [${quoted(intake.watch)}]   # each folder in it is a run`,
    `  project: ${quoted(intake.project)}`,
    `  existing: ${intake.existing}   # all: what lies there already is taken too; new_only: left alone`,
  ];
}

function transportLines(transport: FirstTransport): string[] {
  switch (transport.type) {
    case "mount":
      return ["type: mount", `path: ${quoted(transport.path)}`];
    case "rclone":
      return [
        "type: rclone",
        `rclone_remote: ${quoted(transport.remote)}   # as \`rclone listremotes\` names it`,
        `rclone_remote_path: ${quoted(transport.remotePath)}`,
      ];
    case "rsync_ssh": {
      const { target, keyPath, port, remotePath } = transport;
      return [
        "type: rsync_ssh",
        `ssh_target: ${quoted(target)}`,
        ...(keyPath === null ? [] : [`ssh_key_path: ${quoted(keyPath)}`]),
        ...(port === 22 ? [] : [`ssh_port: ${port}`]),
        `remote_path: ${quoted(remotePath)}`,
      ];
    }
  }
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? quoted(names[0]!) : `[${names.map(quoted).join(", ")}]`;
}

/** JSON's text is YAML's double-quoted text. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
