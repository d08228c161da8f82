/** For the wrappers that make a service proper of any program: it restarts at once, and stops by Ctrl-C. */
import { daemonWords, type ServiceSettings, WRITTEN_BY } from "./settings.ts";
import { windowsArgument } from "./windows_argument.ts";
import { TASK_NAME } from "./windows_task.ts";
import { xmlText } from "./xml_text.ts";

/** For WinSW 2 and 3: beside a copy of WinSW that is called like it, then `labferry-service install`. */
export function winswXml(settings: ServiceSettings): string {
  const { account, path } = settings;
  const [command, ...args] = daemonWords(settings);
  const login = account === null ? "" : `  <serviceaccount>
    <username>${xmlText(account)}</username>
    <prompt>dialog</prompt>
    <allowservicelogon>true</allowservicelogon>
  </serviceaccount>
`;
  return `<!-- ${WRITTEN_BY} -->
<service>
  <id>${TASK_NAME}</id>
  <name>labferry</name>
  <description>Takes acquisition runs to the NAS and proves that they arrived</description>
  <executable>${xmlText(command!)}</executable>
  <arguments>${xmlText(args.map(windowsArgument).join(" "))}</arguments>
  <env name="LABFERRY_SERVICE" value="1"/>
  <env name="PATH" value="${xmlText(path)}"/>
${login}  <startmode>Automatic</startmode>
  <delayedAutoStart>true</delayedAutoStart>
  <onfailure action="restart" delay="10 sec"/>
  <stoptimeout>60 sec</stoptimeout>
  <log mode="none"/>
</service>
`;
}

/** For shawl, as a command file, in which `%` stands for itself only when doubled. */
export function shawlCommand(settings: ServiceSettings): string {
  const words = daemonWords(settings).map(windowsArgument).join(" ").replaceAll("%", "%%");
  const how = "--env LABFERRY_SERVICE=1 --restart-if-not 0,2 --stop-timeout 60000";
  return `@rem ${WRITTEN_BY}\r\n@shawl add --name ${TASK_NAME} ${how} -- ${words}\r\n`;
}
