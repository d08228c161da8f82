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
  /** Instruments in both configurations, at one folder, with the other's `sync.enabled`. */
  readonly shared: readonly string[];
  /** Its configuration; null where none was found. */
  readonly peerConfig: string | null;
  /** Why it could not be read. */
  readonly unreadable: string | null;
  readonly deletes: boolean;
  /** Names of running programs that look like it. */
  readonly running: readonly string[];
  readonly sends: boolean;
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
    shared: own && peer?.sync.enabled ? sharedEquipment(own, peer) : [],
    peerConfig: found?.path ?? null,
    unreadable: found?.unreadable ?? null,
    deletes: peer?.nasCleanup.enabled ?? false,
    running: [...new Set(running)],
    sends: own?.sync.enabled ?? false,
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
  const { shared, peerConfig, unreadable, deletes, running, sends } = facts;
  const code = "two_senders";
  if (shared.length > 0 && (sends || deletes)) {
    return fault({
      code,
      message: `${peerConfig}: ExLab-Wizard sends ${shared.join(", ")} too${
        deletes ? ", and deletes without labferry's proof" : ""
      }`,
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
