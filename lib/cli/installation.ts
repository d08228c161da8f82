/** `labferry installation show | keep | new`: who this labferry is, when a computer was copied or replaced. */
import {
  type Installation,
  installationMoved,
  keepInstallation,
  newIdentity,
  readInstallation,
} from "../daemon/mod.ts";
import type { CliContext } from "./context.ts";
import { stateDirOf } from "./settings.ts";

export async function installationShow(context: CliContext): Promise<void> {
  const stateDir = await stateDirOf(context);
  const installation = await readInstallation(stateDir);
  const moved = await installationMoved(stateDir);
  if (moved) context.exitCode = 1;
  report(context, { installation, words: moved?.message ?? "it is on the computer it knows" });
  if (moved?.hint) context.note(`  hint: ${moved.hint}`);
}

export async function installationKeep(context: CliContext): Promise<void> {
  const installation = await keepInstallation(await stateDirOf(context));
  report(context, {
    installation,
    words: "this computer took the other one's place: the same installation",
  });
}

export async function installationNew(context: CliContext): Promise<void> {
  const installation = await newIdentity(await stateDirOf(context));
  report(context, {
    installation,
    words: "another installation from now on: the first one's runs stay its own",
  });
}

function report(
  context: CliContext,
  { installation, words }: { readonly installation: Installation; readonly words: string },
): void {
  const { id, host, createdAt } = installation;
  if (context.options.json) {
    return context.printJson({
      id,
      created_at: createdAt,
      host: {
        name: host.hostName,
        machine_id: host.machineId,
        network_addresses: host.networkAddresses,
      },
      on_this_host: context.exitCode === 0,
    });
  }
  context.print(`${id} on ${host.hostName}: ${words}`);
}
