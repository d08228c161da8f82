/**
 * ExLab-Wizard can send and delete runs too. Two that do it with one tree send everything twice, and
 * the other one deletes without labferry's proof.
 */
import { resolve } from "node:path";
import { LabferryError, messageOf } from "../../base/mod.ts";
import { type Config, loadConfig } from "../../config/mod.ts";
import { isThere } from "../../disk/mod.ts";
import { programsNow } from "../../process/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";
import { type Check, configIn, type Patient } from "../patient.ts";

interface Facts {
  /** Instruments in both configurations, at one folder. */
  readonly shared: readonly string[];
  /** Its configuration; null where none was found. */
  readonly peerConfig: string | null;
  /** Why it could not be read. */
  readonly unreadable: string | null;
  /** Both configurations send. */
  readonly isSentTwice: boolean;
  /** The other one deletes local copies, whether it sends or not. */
  readonly deletes: boolean;
  /** Names of running programs that look like it. */
  readonly running: readonly string[];
}

export const TWO_SENDERS: Check<Facts> = {
  name: "ExLab-Wizard",
  subjects: (patient) => [{ about: null, gather: (signal) => gather(patient, signal) }],
  judge: (facts) => [judge(facts)],
};

async function gather(patient: Patient, signal: AbortSignal): Promise<Facts> {
  const own = configIn(patient);
  const { names } = await programsNow(signal);
  const running = (names ?? []).filter((name) => /ex[-_ ]?lab[-_ ]?wizard/i.test(name));
  const found = await peerConfig(patient);
  const peer = found?.config ?? null;
  return {
    shared: own && peer ? sharedEquipment(own, peer) : [],
    peerConfig: found?.path ?? null,
    unreadable: found?.unreadable ?? null,
    isSentTwice: (own?.sync.enabled ?? false) && (peer?.sync.enabled ?? false),
    deletes: peer?.nasCleanup.enabled ?? false,
    running: [...new Set(running)],
  };
}

async function peerConfig(
  { peerConfigs, loaded, env }: Patient,
): Promise<{ path: string; config: Config | null; unreadable: string | null } | null> {
  const ownPath = "config" in loaded ? resolve(loaded.path) : null;
  for (const path of peerConfigs) {
    // One file for both is what the configuration's own notices speak of.
    if (resolve(path) === ownPath || !await isThere(path)) continue;
    try {
      return { path, config: (await loadConfig({ path, env })).config, unreadable: null };
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
      return { path, config: null, unreadable: messageOf(error) };
    }
  }
  return null;
}

function sharedEquipment(own: Config, peer: Config): string[] {
  const key = ({ id, localRoot }: Config["equipment"][number]) => `${id}\0${resolve(localRoot)}`;
  const theirs = new Set(peer.equipment.map(key));
  return own.equipment.filter((one) => theirs.has(key(one))).map(({ id }) => id);
}

function judge(facts: Facts): Said {
  const { shared, peerConfig, unreadable, isSentTwice, deletes, running } = facts;
  const code = "two_senders";
  if (shared.length > 0 && (isSentTwice || deletes)) {
    const ids = shared.join(", ");
    const what = !deletes
      ? `sends ${ids} too`
      : isSentTwice
      ? `sends ${ids} too, and deletes without labferry's proof`
      : `deletes local copies of ${ids} without labferry's proof`;
    return fault({
      code,
      message: `${peerConfig}: ExLab-Wizard ${what}`,
      hint: "set sync.enabled and nas_cleanup.enabled to false in ExLab-Wizard's configuration",
    });
  }
  if (unreadable !== null) {
    return warning({
      code,
      message: `${peerConfig} could not be read: ${unreadable}`,
      hint: "see that sync.enabled is false in it, if ExLab-Wizard is still used",
    });
  }
  if (running.length > 0 && peerConfig === null) {
    return warning({
      code,
      message: `${running.join(", ")} runs here, and its configuration was not found`,
      hint: "name it with --exlab-wizard FILE, or see yourself that its sync.enabled is false",
    });
  }
  return ok(peerConfig ? `${peerConfig}: does not send these runs` : "not found on this computer");
}
