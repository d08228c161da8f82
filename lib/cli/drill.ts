/** `labferry drill [EQUIPMENT]`: proven files are brought back to try, compared, timed and removed. */
import { hostname } from "node:os";
import { EXIT, LabferryError, randomId, systemClock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { drill, type DrillOutcome, type DrillRun, recordDrill } from "../custody/mod.ts";
import { destinationsOf } from "../daemon/mod.ts";
import { openEvidence } from "../evidence/mod.ts";
import type { Destination } from "../sync/mod.ts";
import { confirmIdentity, KnownDestinations } from "../transports/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl } from "./control.ts";
import { type FetchScratch, withFetchScratch } from "./fetch_scratch.ts";
import { configOf, stateDirOf } from "./settings.ts";

interface DrillFlags {
  readonly equipment?: string;
  readonly maxGib?: number;
}

export async function drillCommand(
  context: CliContext,
  { equipment, maxGib }: DrillFlags,
): Promise<void> {
  const { config } = await configOf(context);
  const stateDir = await stateDirOf(context);
  const places = destinationsOf(config, new KnownDestinations(stateDir.path), systemClock);
  const maxBytes = maxGib === undefined ? config.drill.maxBytes || DEFAULT_BYTES : maxGib * 2 ** 30;
  const keys = { stateDir: stateDir.path, host: hostname(), clock: systemClock };
  const evidence = openEvidence(keys);
  const outcomes: DrillOutcome[] = [];
  for (const id of chosen(config, equipment)) {
    const runs = await provenRuns(context, id);
    if (runs.length === 0 && equipment === undefined) continue;
    const destination = places.get(id)!;
    const outcome = await drillAt(context, { id, runs, destination, maxBytes });
    await recordDrill(outcome, { ...keys, evidence });
    outcomes.push(outcome);
  }
  if (outcomes.some(({ bad }) => bad.length > 0)) context.exitCode = EXIT.failed;
  if (context.options.json) return context.printJson({ drills: outcomes });
  if (outcomes.length === 0) context.print("Nothing is proven yet that could be brought back.");
  for (const { equipment: id, sentence, bad } of outcomes) {
    context.print(`${id}: ${sentence}.`);
    for (const path of bad) context.print(`  ${path}`);
  }
}

/** Where the weekly drill is off, a person's still has a bound. */
const DEFAULT_BYTES = 2 * 2 ** 30;

function chosen(config: Config, equipment: string | undefined): string[] {
  const ids = config.equipment.map(({ id }) => id);
  if (equipment === undefined) return ids;
  if (ids.includes(equipment)) return [equipment];
  throw new LabferryError("unknown_equipment", `${equipment} is not configured`, {
    hint: `choose one: ${ids.join(", ")}`,
  });
}

async function provenRuns(context: CliContext, equipmentId: string): Promise<DrillRun[]> {
  let runs: DrillRun[] = [];
  await askControl(context, async (control, { isQueueMissing }) => {
    if (isQueueMissing) return;
    const jobs = await control.jobs({ equipmentId, states: ["cleaned", "verified"], limit: 1_000 });
    runs = jobs.map(({ far_path: farDir, state, bytes }) => ({
      farDir,
      isCleaned: state === "cleaned",
      bytes,
    }));
  });
  return runs;
}

async function drillAt(
  { signal }: CliContext,
  { id, runs, destination, maxBytes }: {
    readonly id: string;
    readonly runs: readonly DrillRun[];
    readonly destination: Destination;
    readonly maxBytes: number;
  },
): Promise<DrillOutcome> {
  const { transport } = destination;
  const { address } = transport;
  return await withFetchScratch(SCRATCH, async (scratchDir) => {
    const token = `drill-${randomId()}`;
    await using session = await transport.connect({ signal, token, scratchDir });
    await confirmIdentity(session, await destination.identity(), { address });
    return await drill({
      equipmentId: id,
      session,
      address,
      runs,
      maxBytes,
      scratchDir,
      signal,
      random: Math.random,
      monotonicMs: () => performance.now(),
    });
  });
}

const SCRATCH: FetchScratch = {
  prefix: "labferry-drill-",
  holds: "what comes back to try is put",
  afterwards: "a drill brings nothing but a trial, which is simply made again",
};
