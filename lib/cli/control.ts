/** Opens the way to labferry for one command: the daemon's API, or the queue itself. */
import { openControl, type OpenedControl } from "../daemon/mod.ts";
import type { Control } from "../web/mod.ts";
import type { CliContext } from "./context.ts";
import { configOf, stateDirOf } from "./settings.ts";

export async function withControl(
  context: CliContext,
  work: (control: Control, opened: OpenedControl) => Promise<void>,
): Promise<void> {
  const { config } = await configOf(context);
  using opened = await openControl(config, await stateDirOf(context));
  await work(opened.control, opened);
}
