/** What tells this computer from another one: by itself each may change, two at once hardly. */
import { hostname } from "node:os";
import { decodeUtf8 } from "../base/mod.ts";
import { runTool } from "../process/mod.ts";

export interface HostFacts {
  /** Short and in lower case: a domain that comes and goes with the network is no other computer. */
  readonly hostName: string;
  /** The system's own id; null where it has none or does not tell. */
  readonly machineId: string | null;
  /** MAC addresses, sorted; empty when none could be read. */
  readonly networkAddresses: readonly string[];
}

/** The machine id stays while the system runs, and on Windows and macOS a program has to be asked. */
let knownMachineId: Promise<string | null> | null = null;

export async function hostFacts(): Promise<HostFacts> {
  knownMachineId ??= machineId();
  return {
    hostName: hostname().split(".")[0]!.toLowerCase(),
    machineId: await knownMachineId,
    networkAddresses: networkAddresses(),
  };
}

/**
 * How many of the three facts are others now. One that was or is unknown counts as unchanged; of the
 * addresses one in common is enough, because adapters come and go with a docking station.
 */
export function factsChanged(before: HostFacts, now: HostFacts): number {
  const known = (a: string | null, b: string | null) => a !== null && b !== null && a !== "";
  const changed = [
    before.hostName !== now.hostName,
    known(before.machineId, now.machineId) && before.machineId !== now.machineId,
    before.networkAddresses.length > 0 && now.networkAddresses.length > 0 &&
    !before.networkAddresses.some((address) => now.networkAddresses.includes(address)),
  ];
  return changed.filter(Boolean).length;
}

const MOST_ADDRESSES = 32;
const NO_ADDRESS = "00:00:00:00:00:00";

/**
 * Of a card where there is one: the addresses that bridges and containers make up (their second bit
 * is set) are others after each start. A virtual machine has none but such, and keeps them.
 */
function networkAddresses(): string[] {
  const all = [...new Set(Deno.networkInterfaces().map(({ mac }) => mac.toLowerCase()))]
    .filter((mac) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== NO_ADDRESS).sort();
  const ofCards = all.filter((mac) => (Number.parseInt(mac.slice(0, 2), 16) & 2) === 0);
  return (ofCards.length > 0 ? ofCards : all).slice(0, MOST_ADDRESSES);
}

async function machineId(): Promise<string | null> {
  switch (Deno.build.os) {
    case "windows":
      return await askTool("reg", [
        "query",
        "HKLM\\SOFTWARE\\Microsoft\\Cryptography",
        "/v",
        "MachineGuid",
      ], /MachineGuid\s+REG_SZ\s+([0-9a-fA-F-]{8,64})/);
    case "darwin":
      return await askTool(
        "ioreg",
        ["-rd1", "-c", "IOPlatformExpertDevice"],
        /"IOPlatformUUID" = "([0-9a-fA-F-]{8,64})"/,
      );
    default:
      return await machineIdFile();
  }
}

/** See machine-id(5); an image that has not been started yet has an empty one, or a word. */
async function machineIdFile(): Promise<string | null> {
  try {
    const text = decodeUtf8(await Deno.readFile("/etc/machine-id")).trim();
    return /^[0-9a-f]{32}$/.test(text) ? text : null;
  } catch (error) {
    // Not telling is an answer: nothing else depends on this file.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return null;
    }
    throw error;
  }
}

const TOOL_TIMEOUT_MS = 5_000;

async function askTool(
  command: string,
  args: readonly string[],
  pattern: RegExp,
): Promise<string | null> {
  const outcome = await runTool({ command, args, timeoutMs: TOOL_TIMEOUT_MS });
  if (outcome.kind !== "exited" || outcome.code !== 0) return null;
  return pattern.exec(outcome.stdout)?.[1]?.toLowerCase() ?? null;
}
