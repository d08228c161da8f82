/**
 * Each instrument's destination: it answers, it is the one that labferry marked, and what a transfer
 * does works there. Unless it is ours nothing is written.
 */
import { isAbort, LabferryError } from "../../base/mod.ts";
import type { Equipment } from "../../config/mod.ts";
import {
  confirmIdentity,
  type FarSession,
  KnownDestinations,
  type NameHabits,
} from "../../transports/mod.ts";
import { scratchFolder } from "../scratch_folder.ts";
import { faultOf, ok, type Said, warning } from "../line.ts";
import { type Check, configIn, type Patient } from "../patient.ts";
import { judgeNames, longestName } from "./far_names.ts";
import { judgeRoundTrip, type RoundTrip, roundTrip } from "./round_trip.ts";

interface Facts {
  readonly equipmentId: string;
  readonly address: string;
  /** What the place said when it was asked; null: nothing is wrong. */
  readonly trouble: LabferryError | null;
  readonly isKnown: boolean;
  /** Null where nothing was written: it is not ours, or that was not wanted. */
  readonly trial: FarTrial | null;
}

interface FarTrial {
  readonly habits: NameHabits;
  readonly longestBytes: number;
  readonly trip: RoundTrip;
}

export const DESTINATION: Check<Facts> = {
  name: "destination",
  subjects: (patient) =>
    (configIn(patient)?.equipment ?? []).map((equipment) => ({
      about: equipment.id,
      limitMs: 2 * patient.waitMs,
      gather: (signal) => gather(equipment, { patient, signal }),
    })),
  judge,
};

async function gather(
  equipment: Equipment,
  { patient, signal }: { readonly patient: Patient; readonly signal: AbortSignal },
): Promise<Facts> {
  const transport = patient.transportOf(equipment);
  const { address } = transport;
  const about = { equipmentId: equipment.id, address };
  try {
    const known = await new KnownDestinations(patient.statePath).get(address);
    await using scratch = await scratchFolder();
    await using session = await transport.connect({
      signal,
      token: `${patient.tokenPrefix}doctor`,
      scratchDir: scratch.path,
    });
    if (known === null) return { ...about, trouble: null, isKnown: false, trial: null };
    await confirmIdentity(session, known.uuid, { address, checksFirst: true });
    const trial = patient.probes
      ? await tried(session, { scratchDir: scratch.path, patient, signal })
      : null;
    return { ...about, trouble: null, isKnown: true, trial };
  } catch (error) {
    if (isAbort(error) || !(error instanceof LabferryError)) throw error;
    return { ...about, trouble: error, isKnown: true, trial: null };
  }
}

async function tried(
  session: FarSession,
  { scratchDir, patient, signal }: {
    readonly scratchDir: string;
    readonly patient: Patient;
    readonly signal: AbortSignal;
  },
): Promise<FarTrial> {
  const habits = await session.nameHabits("");
  const longestBytes = await longestName(session);
  const acceptProviderAsserted = acceptsProviders(patient);
  const trip = await roundTrip(session, {
    scratchDir,
    acceptProviderAsserted,
    signal,
  });
  return { habits, longestBytes, trip };
}

function acceptsProviders(patient: Patient): boolean {
  return configIn(patient)?.nasCleanup.acceptProviderAsserted ?? false;
}

function judge({ equipmentId, address, trouble, isKnown, trial }: Facts): readonly Said[] {
  if (trouble) return [faultOf(trouble, `labferry destination check names it again`)];
  if (!isKnown) {
    return [warning({
      code: "destination_unmarked",
      message: `${address} has not been marked as labferry's: its runs wait`,
      hint: `labferry destination init ${equipmentId}, once the right place is mounted there`,
    })];
  }
  const first = ok(`${address} is there, and the one it should be`);
  if (trial === null) return [first];
  return [
    first,
    ...judgeNames(trial),
    ...judgeRoundTrip(trial.trip),
  ];
}
