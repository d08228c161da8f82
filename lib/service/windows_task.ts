/**
 * Windows has no place for a program that does not speak the service manager's protocol. The task
 * scheduler starts it at boot and looks every five minutes whether it runs; a wrapper
 * (`windows_wrappers.ts`) makes it a service proper.
 */
import { daemonWords, type ServiceSettings, WRITTEN_BY } from "./settings.ts";
import { windowsArgument } from "./windows_argument.ts";
import { xmlText } from "./xml_text.ts";

export const TASK_NAME = "labferry";

/** LocalSystem, which knows no mapped drives and no password of a NAS; and whoever logs in. */
const SIDS = { system: "S-1-5-18", user: "S-1-5-32-545" } as const;

/** For `schtasks /Create /XML`, which wants UTF-16. No time limit, no second one beside the first. */
export function windowsTask(settings: ServiceSettings): string {
  const { account, scope } = settings;
  const [command, ...args] = daemonWords(settings);
  const trigger = scope === "system" ? "BootTrigger" : "LogonTrigger";
  return `<?xml version="1.0" encoding="UTF-16"?>
<!-- ${WRITTEN_BY} -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>labferry: takes acquisition runs to the NAS and proves that they arrived</Description>
    <URI>\\${TASK_NAME}</URI>
  </RegistrationInfo>
  <Triggers>
    <${trigger}>
      <Enabled>true</Enabled>
    </${trigger}>
    <TimeTrigger>
      <Repetition>
        <Interval>PT5M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
${principal({ account, scope })}
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlText(command!)}</Command>
      <Arguments>${xmlText(args.map(windowsArgument).join(" "))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

function principal({ account, scope }: Pick<ServiceSettings, "account" | "scope">): string {
  if (scope === "user") return `      <GroupId>${SIDS.user}</GroupId>`;
  if (account === null) return `      <UserId>${SIDS.system}</UserId>`;
  return `      <UserId>${xmlText(account)}</UserId>\n      <LogonType>Password</LogonType>`;
}
