/** Opens the way to labferry for one command: the daemon's API, or the queue itself. */
import { openControl, type OpenedControl } from "../daemon/mod.ts";
import type { Control, GateControl } from "../web/mod.ts";
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

/** The same way, for what concerns findings and overrides. */
export async function withGate(
  context: CliContext,
  work: (gate: GateControl) => Promise<void>,
): Promise<void> {
  await withControl(context, (_, opened) => work(opened.control));
}
