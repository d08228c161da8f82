/** `labferry open`: a one-time link that opens the page with the right to change things. */
import { LabferryError } from "../base/mod.ts";
import { daemonControl, isHeld, readServerInfo } from "../daemon/mod.ts";
import { runTool } from "../process/mod.ts";
import type { CliContext } from "./context.ts";
import { writeOpenPage } from "./open_page.ts";
import { stateDirOf } from "./settings.ts";

/** Starting a browser returns at once; one that does not is not waited for. */
const BROWSER_MS = 10_000;

export async function open(
  context: CliContext,
  flags: { readonly print?: boolean },
): Promise<void> {
  const stateDir = await stateDirOf(context, { reading: true });
  if (!isHeld(stateDir)) {
    throw new LabferryError("daemon_silent", "No labferry daemon is running here", {
      path: stateDir.path,
      why: `nobody holds the state directory ${stateDir.path}`,
      hint: "start it with `labferry daemon`, or install the service",
    });
  }
  const control = await daemonControl(stateDir);
  const server = await readServerInfo(stateDir);
  const url = new URL(await control.sessionLink(), server!.url).href;
  if (context.options.json) return context.printJson({ url });
  if (!flags.print && await startBrowser(await writeOpenPage(stateDir.path, url))) {
    return context.print("Opened in the browser.");
  }
  context.print(url);
  context.note("The link works once, within a minute.");
}

/** With the path of a page, never with the link itself: arguments are not secret. */
async function startBrowser(pagePath: string): Promise<boolean> {
  const [command, ...args] = Deno.build.os === "windows"
    ? ["rundll32", "url.dll,FileProtocolHandler", pagePath]
    : [Deno.build.os === "darwin" ? "open" : "xdg-open", pagePath];
  const outcome = await runTool({ command: command!, args, timeoutMs: BROWSER_MS });
  return outcome.kind === "exited" && outcome.code === 0;
}
