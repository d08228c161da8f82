/** Opens the way to labferry for one command: the daemon's API, or the queue itself. */
import { openControl, type OpenedControl } from "../daemon/mod.ts";
import type { Control, GateControl } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { configOf, stateDirOf } from "./settings.ts";

/** For a command that only asks: it makes neither a state directory nor a queue. */
export async function askControl(
  context: CliContext,
  work: (control: Control & GateControl, opened: OpenedControl) => Promise<void>,
): Promise<void> {
  using opened = await openFor(context, { reading: true });
  await work(opened.control, opened);
}

export async function withControl(
  context: CliContext,
  work: (control: Control, opened: OpenedControl) => Promise<void>,
): Promise<void> {
  using opened = await openFor(context, { reading: false });
  await work(opened.control, opened);
}

async function openFor(
  context: CliContext,
  options: { readonly reading: boolean },
): Promise<OpenedControl> {
  const { config } = await configOf(context);
  return await openControl(config, await stateDirOf(context, options), options);
}

/** The same way, for what concerns findings and overrides. */
export async function withGate(
  context: CliContext,
  work: (gate: GateControl) => Promise<void>,
): Promise<void> {
  await withControl(context, (_, opened) => work(opened.control));
}
