/**
 * A unit for systemd. What is forbidden is what a program that reads instruments' data and starts
 * rclone, rsync and ssh never does; what is left open, and why, stands beside it (systemd.exec(5)).
 */
import { daemonWords, type ServiceSettings, WRITTEN_BY } from "./settings.ts";

export const UNIT_NAME = "labferry.service";

/** `systemd-notify` waits until its word was taken from 246 on; before, it may come from nobody. */
const NOTIFIES_SINCE = 246;
/** `Type=exec` tells a program that cannot be started; before 240 it is unknown. */
const EXEC_SINCE = 240;

export function systemdUnit(settings: ServiceSettings): string {
  const { scope, account, stateDir, systemdVersion } = settings;
  const isSystem = scope === "system";
  return [
    `# ${WRITTEN_BY}; changes of your own: systemctl ${isSystem ? "" : "--user "}edit labferry`,
    "[Unit]",
    "Description=labferry: takes acquisition runs to the NAS and proves that they arrived",
    ...(isSystem ? AFTER : []),
    "# It is started again for ever: an instrument's PC has nobody to do it.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    ...typeLines(systemdVersion ?? Infinity),
    `ExecStart=${commandLine(daemonWords(settings))}`,
    "Environment=LABFERRY_SERVICE=1",
    "# Memory that many threads gave back is used again by the next, not kept for each of them.",
    "Environment=MALLOC_ARENA_MAX=2",
    `Environment="${escaped(`PATH=${settings.path}`)}"`,
    ...(isSystem && account !== null ? [`User=${account}`] : []),
    "Restart=on-failure",
    "RestartSec=10",
    "# A configuration with faults does not mend itself.",
    "RestartPreventExitStatus=2",
    "SuccessExitStatus=130",
    "# A queue of millions of files that is recovered or migrated takes its time until it is ready.",
    "TimeoutStartSec=30min",
    "# It needs ten seconds; then its tools are ended with it.",
    "TimeoutStopSec=60",
    "KillMode=control-group",
    "LimitNOFILE=65536",
    ...(isSystem && stateDir === "/var/lib/labferry"
      ? ["StateDirectory=labferry", "StateDirectoryMode=0755"]
      : []),
    ...(isSystem ? ["# Where the portable file unpacks itself.", "CacheDirectory=labferry"] : []),
    "",
    ...EVERYWHERE,
    ...(isSystem ? systemOnly(account) : []),
    "",
    "[Install]",
    `WantedBy=${isSystem ? "multi-user.target" : "default.target"}`,
    "",
  ].join("\n");
}

const AFTER = [
  "Wants=network-online.target",
  "After=network-online.target remote-fs.target time-sync.target",
];

const TOO_OLD = "# This systemd is too old to be told when labferry is ready, and that it lives.";

function typeLines(version: number): string[] {
  if (version < EXEC_SINCE) return [TOO_OLD, "Type=simple"];
  if (version < NOTIFIES_SINCE) return [TOO_OLD, "Type=exec"];
  return [
    "Type=notify",
    "# Its words come by systemd-notify, which is a program of its own.",
    "NotifyAccess=all",
    "# It says twice in this time that it is alive; one that hangs is ended and started again.",
    "WatchdogSec=5min",
  ];
}

/** A user's manager may not do more than this. */
const EVERYWHERE = [
  "NoNewPrivileges=yes",
  "LockPersonality=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "# rclone, rsync and ssh do the network; netlink names the network addresses.",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "SystemCallArchitectures=native",
  "# Not MemoryDenyWriteExecute: the runtime compiles as it runs.",
  "SystemCallFilter=@system-service",
  "SystemCallErrorNumber=EPERM",
];

function systemOnly(account: string | null): string[] {
  return [
    "# /usr, /boot and /etc are read-only; data roots and mounts are wherever the configuration says.",
    "ProtectSystem=full",
    "# Not ProtectHome: keys, known hosts and rclone's configuration are there, and often the data.",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "RestrictNamespaces=yes",
    "# Not ProtectProc or ProcSubset: /proc says which program still writes to a run.",
    ...(account === null ? AS_ROOT : ["CapabilityBoundingSet="]),
  ];
}

const AS_ROOT = [
  "# As root it reads what other accounts' programs write, and sees what they hold open.",
  "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_SYS_PTRACE",
];

/** Variables are replaced in arguments, where `$` stands for itself only when doubled; not in the program. */
function commandLine([program, ...args]: readonly string[]): string {
  const words = args.map((arg) => escaped(arg).replaceAll("$", () => "$$"));
  return [escaped(program!), ...words].map((word) => `"${word}"`).join(" ");
}

/** Inside double quotes; `%` stands for itself only when doubled. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%");
}
