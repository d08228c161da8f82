/** Opens the way to labferry for one command: the daemon's API, or the queue itself. */
import { openControl, type OpenedControl } from "../daemon/mod.ts";
import type { Control, GateControl } from "../web/mod.ts";
import type { CliContext } from "./context.ts";
import { configOf, stateDirOf } from "./settings.ts";

/** For a command that only asks: it makes neither a state directory nor a queue. */
export function askControl(
  context: CliContext,
  work: (control: Control & GateControl, opened: OpenedControl) => Promise<void>,
): Promise<void> {
  return withControl(context, (_, opened) => work(opened.control, opened), { reading: true });
}

export async function withControl(
  context: CliContext,
  work: (control: Control, opened: OpenedControl) => Promise<void>,
  { reading = false }: { readonly reading?: boolean } = {},
): Promise<void> {
  const { config } = await configOf(context);
  const stateDir = await stateDirOf(context, { reading });
  using opened = await openControl(config, stateDir, { reading });
  await work(opened.control, opened);
}

/** The same way, for what concerns findings and overrides. */
export async function withGate(
  context: CliContext,
  work: (gate: GateControl) => Promise<void>,
): Promise<void> {
  await withControl(context, (_, opened) => work(opened.control));
}
