/**
 * `labferry installation show | keep | new | new-key`: who this labferry is, when a computer was copied or
 * replaced, and the keys it signs with.
 */
import { hostname } from "node:os";
import { systemClock } from "../base/mod.ts";
import { readKeys, renewKey, type SigningKey } from "../evidence/mod.ts";
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
  const keys = await readKeys({ stateDir: stateDir.path });
  report(context, {
    installation,
    words: moved?.message ?? "it is on the computer it knows",
    keys,
  });
  if (moved?.hint) context.note(`  hint: ${moved.hint}`);
}

/** The old keys stay good for what they signed; leaked ones for nothing. */
export async function installationNewKey(
  context: CliContext,
  { leaked = false }: { readonly leaked?: boolean },
): Promise<void> {
  const stateDir = await stateDirOf(context);
  await renewKey({ ...keysAt(stateDir.path), because: leaked ? "leaked" : "asked" });
  const keys = await readKeys({ stateDir: stateDir.path });
  report(context, {
    installation: await readInstallation(stateDir),
    words: leaked
      ? "a new key signs from now on; what the others signed is signed anew by each run's next pass"
      : "a new key signs from now on; what the others signed stays good",
    keys,
  });
}

function keysAt(stateDir: string) {
  return { stateDir, host: hostname(), clock: systemClock };
}

export async function installationKeep(context: CliContext): Promise<void> {
  const installation = await keepInstallation(await stateDirOf(context));
  report(context, {
    installation,
    words: "this computer took the other one's place: the same installation",
  });
}

export async function installationNew(context: CliContext): Promise<void> {
  const stateDir = await stateDirOf(context);
  const installation = await newIdentity(stateDir);
  await renewKey({ ...keysAt(stateDir.path), because: "another installation" });
  report(context, {
    installation,
    words: "another installation from now on: the first one's runs stay its own",
    keys: await readKeys({ stateDir: stateDir.path }),
  });
}

function report(
  context: CliContext,
  { installation, words, keys = [] }: {
    readonly installation: Installation;
    readonly words: string;
    readonly keys?: readonly SigningKey[];
  },
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
      signing_keys: keys.map((key) => ({
        fingerprint: key.fingerprint,
        principal: key.principal,
        valid_after: key.validAfter,
        valid_before: key.validBefore,
        revoked: key.isRevoked,
      })),
    });
  }
  context.print(`${id} on ${host.hostName}: ${words}`);
  for (const { principal, fingerprint, validBefore, isRevoked } of keys) {
    const until = `${validBefore.slice(0, 4)}-${validBefore.slice(4, 6)}-${
      validBefore.slice(6, 8)
    }`;
    context.print(`  ${principal} ${fingerprint} ${isRevoked ? "revoked" : `until ${until}`}`);
  }
}
