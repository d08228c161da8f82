/** A property list for launchd: an agent of one account, or a daemon of the computer (launchd.plist(5)). */
import { posix } from "node:path";
import { daemonWords, type ServiceSettings, WRITTEN_BY } from "./settings.ts";
import { xmlText } from "./xml_text.ts";

export const LABEL = "org.labferry.labferry";

export function launchdPlist(settings: ServiceSettings): string {
  const { scope, account, stateDir, path } = settings;
  const words = daemonWords(settings).map((word) => `    <string>${xmlText(word)}</string>`);
  const user = scope === "system" && account !== null
    ? `  <key>UserName</key>\n  <string>${xmlText(account)}</string>\n`
    : "";
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${WRITTEN_BY} -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>LABFERRY_SERVICE</key>
    <string>1</string>
    <key>PATH</key>
    <string>${xmlText(path)}</string>
  </dict>
${user}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>60</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>SoftResourceLimits</key>
  <dict>
    <key>NumberOfFiles</key>
    <integer>8192</integer>
  </dict>
  <key>HardResourceLimits</key>
  <dict>
    <key>NumberOfFiles</key>
    <integer>8192</integer>
  </dict>
  <key>StandardErrorPath</key>
  <string>${xmlText(posix.join(stateDir, "launchd.log"))}</string>
</dict>
</plist>
`;
}
