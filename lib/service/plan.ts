/** What a kind of service consists of: files, the commands around them, and what a person still does. */
import { posix, win32 } from "node:path";
import { encodeUtf8 } from "../base/mod.ts";
import { LABEL, launchdPlist } from "./launchd_plist.ts";
import { refuseOddText, type ServiceSettings } from "./settings.ts";
import { systemdUnit, UNIT_NAME } from "./systemd_unit.ts";
import { TASK_NAME, windowsTask } from "./windows_task.ts";
import { shawlCommand, winswXml } from "./windows_wrappers.ts";

export interface ServiceFile {
  readonly path: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface ManagerCommand {
  readonly words: readonly string[];
  /** What it undoes may not be there. @default false */
  readonly mayFail?: boolean;
}

export interface ServicePlan {
  readonly files: readonly ServiceFile[];
  /** Makes the manager know the files, and start them at the next boot or login. */
  readonly enable: readonly ManagerCommand[];
  /** Starts it now; with new files it is started anew. */
  readonly start: readonly ManagerCommand[];
  readonly restart: readonly ManagerCommand[];
  readonly disable: readonly ManagerCommand[];
  /** After the files are gone. */
  readonly forget: readonly ManagerCommand[];
  /** Exits with 0 when it runs; of a Windows task it says only that there is one. */
  readonly isRunning: ManagerCommand;
  /** What only a person can do, or should know. */
  readonly advice: readonly string[];
}

export interface PlanPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Null on Windows. */
  readonly uid: number | null;
}

/** @throws LabferryError `usage` for what cannot stand in such a file */
export function servicePlan(settings: ServiceSettings, places: PlanPlaces): ServicePlan {
  refuseOddText(settings);
  switch (settings.kind) {
    case "systemd":
      return systemdPlan(settings, places);
    case "launchd":
      return launchdPlan(settings, places);
    case "windows":
      return windowsPlan(settings, places);
  }
}

function systemdPlan(settings: ServiceSettings, { env }: PlanPlaces): ServicePlan {
  const isUser = settings.scope === "user";
  const config = env.XDG_CONFIG_HOME || posix.join(settings.home, ".config");
  const folder = isUser ? posix.join(config, "systemd/user") : "/etc/systemd/system";
  const manager = (...words: string[]): ManagerCommand => ({
    words: ["systemctl", ...(isUser ? ["--user"] : []), ...words],
  });
  return {
    files: [fileOf(posix.join(folder, UNIT_NAME), systemdUnit(settings))],
    enable: [manager("daemon-reload"), manager("enable", UNIT_NAME)],
    start: [manager("start", UNIT_NAME)],
    restart: [manager("restart", UNIT_NAME)],
    disable: [{ ...manager("disable", "--now", UNIT_NAME), mayFail: true }],
    forget: [manager("daemon-reload")],
    isRunning: manager("is-active", "--quiet", UNIT_NAME),
    advice: isUser ? ["it runs while you are logged in; for always: loginctl enable-linger"] : [],
  };
}

function launchdPlan(settings: ServiceSettings, { uid }: PlanPlaces): ServicePlan {
  const isUser = settings.scope === "user";
  const folder = isUser
    ? posix.join(settings.home, "Library/LaunchAgents")
    : "/Library/LaunchDaemons";
  const path = posix.join(folder, `${LABEL}.plist`);
  const domain = isUser ? `gui/${uid ?? 0}` : "system";
  const bootstrap: ManagerCommand = { words: ["launchctl", "bootstrap", domain, path] };
  const bootout: ManagerCommand = {
    words: ["launchctl", "bootout", `${domain}/${LABEL}`],
    mayFail: true,
  };
  return {
    files: [fileOf(path, launchdPlist(settings))],
    enable: [{ words: ["launchctl", "enable", `${domain}/${LABEL}`] }],
    start: [{ ...bootstrap, mayFail: true }],
    restart: [bootout, bootstrap],
    disable: [bootout],
    forget: [],
    isRunning: { words: ["launchctl", "print", `${domain}/${LABEL}`] },
    advice: [
      "data on an external disk or a share: give the program Full Disk Access (System Settings, Privacy & Security)",
    ],
  };
}

function windowsPlan(settings: ServiceSettings, { env }: PlanPlaces): ServicePlan {
  const { account, home } = settings;
  const isUser = settings.scope === "user";
  const base = isUser
    ? env.LOCALAPPDATA || win32.join(home, "AppData", "Local")
    : env.PROGRAMDATA || "C:\\ProgramData";
  const folder = win32.join(base, "labferry", "service");
  const task = win32.join(folder, "labferry-task.xml");
  const schtasks = (...words: string[]): ManagerCommand => ({
    words: ["schtasks", words[0]!, "/TN", TASK_NAME, ...words.slice(1)],
  });
  // Only a person can type the account's password.
  const byHand = account !== null && !isUser;
  const run = byHand ? [] : [schtasks("/Run")];
  return {
    files: [
      { path: task, text: windowsTask(settings), bytes: utf16(windowsTask(settings)) },
      fileOf(win32.join(folder, "labferry-service.xml"), winswXml(settings)),
      fileOf(win32.join(folder, "labferry-shawl.cmd"), shawlCommand(settings)),
    ],
    enable: byHand ? [] : [schtasks("/Create", "/XML", task, "/F")],
    start: run,
    restart: run,
    disable: [schtasks("/End"), schtasks("/Delete", "/F")].map((one) => ({
      ...one,
      mayFail: true,
    })),
    forget: [],
    isRunning: schtasks("/Query"),
    advice: [
      ...(byHand
        ? [
          `now run, and type the password: schtasks /Create /TN ${TASK_NAME} /XML "${task}" /RU "${account}" /RP * /F`,
        ]
        : []),
      ...(account === null && !isUser
        ? [
          "LocalSystem knows no mapped drive and no password of a NAS: --account names one that does; use UNC paths",
        ]
        : []),
      "instead of the task, a wrapper restarts at once and stops in order: labferry-service.xml is for WinSW, labferry-shawl.cmd for shawl",
    ],
  };
}

function fileOf(path: string, text: string): ServiceFile {
  return { path, text, bytes: encodeUtf8(text) };
}

/** Little-endian with its mark, which is what `schtasks` takes for UTF-16. */
function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + text.length * 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xfeff, true);
  for (let i = 0; i < text.length; i++) view.setUint16(2 + i * 2, text.charCodeAt(i), true);
  return bytes;
}
