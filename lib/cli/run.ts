/** `labferry run new | adopt | complete | list`. */
import { accountName, LabferryError } from "../base/mod.ts";
import type { Config, Equipment } from "../config/mod.ts";
import type { AcquiringView } from "../control/mod.ts";
import { allRuns } from "../daemon/mod.ts";
import { adoptRun, newRun } from "../intake/mod.ts";
import { readCreation, RECORD_FILES, recordPath } from "../records/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl, withControl } from "./control.ts";
import { reportHeld } from "./enqueue.ts";
import { configOf, stateDirOf } from "./settings.ts";
import { acquiringText } from "./status.ts";
import { table } from "./table.ts";

interface AboutRun {
  readonly equipment: string;
  readonly project: string;
  readonly test?: boolean;
  readonly operator?: string;
  readonly var: readonly string[];
}

export async function runNew(
  context: CliContext,
  flags: AboutRun & { readonly name?: string },
): Promise<void> {
  const { config } = await configOf(context);
  const made = await newRun({
    ...aboutRun(config, flags),
    ...(flags.name === undefined ? {} : { leaf: flags.name }),
  });
  report(context, made);
}

export async function runAdopt(
  context: CliContext,
  { dir, ...about }: AboutRun & { readonly dir: string },
): Promise<void> {
  const { config } = await configOf(context);
  report(context, await adoptRun({ ...aboutRun(config, about), dir }));
}

/** The word that a run is complete is what lets it go, as soon as it is quiet. */
export async function runComplete(
  context: CliContext,
  { dir }: { readonly dir: string },
): Promise<void> {
  await withControl(context, async (control) => {
    const { job, created, settle_seconds } = await control.complete(dir);
    if (job?.hold === "gate") return await reportHeld(context, { control, job });
    if (context.options.json) return context.printJson(job ?? { job, settle_seconds });
    if (job === null) {
      const when = settle_seconds === 0
        ? "at once"
        : `when it has been quiet for ${settle_seconds} s`;
      context.print(`Complete: it is taken ${when}: ${dir}`);
    } else if (created) context.print(`Complete and queued: ${job.run_path}`);
    else context.print(`Was queued before (${job.state}): ${job.run_path}`);
  });
}

export async function runDismiss(
  context: CliContext,
  { dir }: { readonly dir: string },
): Promise<void> {
  await withControl(context, async (control) => {
    const run = await control.dismiss(dir);
    if (context.options.json) return context.printJson(run);
    context.print(`Left alone as it is, until something is written in it: ${run.run_path}`);
  });
}

/** A run's line; `acquiring` says what the service has seen of one that is not in the queue. */
interface ListedRun {
  readonly run_path: string;
  readonly equipment_id: string;
  readonly sync_status: string;
  readonly created_at: string | null;
  readonly acquiring: AcquiringView | null;
}

export async function runList(context: CliContext): Promise<void> {
  const { config } = await configOf(context);
  const seen = await acquiringNow(context);
  const runs: ListedRun[] = [];
  const { path: stateDir } = await stateDirOf(context, { reading: true });
  for await (const { runPath, equipmentId } of allRuns({ config, stateDir })) {
    const acquiring = seen.get(runPath) ?? null;
    const about = await statusOf(runPath);
    runs.push({ run_path: runPath, equipment_id: equipmentId, ...about, acquiring });
  }
  if (context.options.json) return context.printJson({ runs });
  if (runs.length === 0) return context.print("No runs below the configured roots.");
  context.print(
    table(
      ["STATUS", "EQUIPMENT", "RUN"],
      runs.map((run) => [
        run.acquiring ? acquiringText(run.acquiring) : run.sync_status,
        run.equipment_id,
        run.run_path,
      ]),
    ),
  );
}

async function acquiringNow(context: CliContext): Promise<ReadonlyMap<string, AcquiringView>> {
  const found = new Map<string, AcquiringView>();
  await askControl(context, async (control) => {
    for (const run of (await control.status()).acquiring) found.set(run.run_path, run);
  });
  return found;
}

async function statusOf(
  runPath: string,
): Promise<{ sync_status: string; created_at: string | null }> {
  try {
    const { sync_status, created_at } = await readCreation(
      recordPath(runPath, RECORD_FILES.creation),
    );
    return { sync_status, created_at };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return {
      sync_status: error.code === "record_missing" ? "no record" : "unreadable record",
      created_at: null,
    };
  }
}

/** @throws LabferryError `usage`: on another PC's share no records are written */
function notPulled(equipment: Equipment): Equipment {
  if (equipment.pull === null) return equipment;
  throw new LabferryError("usage", `The runs of ${equipment.id} lie on another PC's share`, {
    why: "nothing is written there; they get their records here when they are found",
    hint: "leave pull_anchor out for an instrument whose runs lie on this computer",
  });
}

function aboutRun(config: Config, flags: AboutRun) {
  return {
    equipment: notPulled(equipmentOf(config, flags.equipment)),
    project: flags.project,
    kind: flags.test ? "test" as const : "experimental" as const,
    operator: flags.operator ?? accountName(),
    gate: config.validator,
    stationLabel: config.orchestrator.label,
    variables: Object.fromEntries(flags.var.map(variable)),
  };
}

export function equipmentOf(config: Config, id: string): Equipment {
  const equipment = config.equipment.find((one) => one.id === id);
  if (equipment) return equipment;
  throw new LabferryError("unknown_equipment", `${id} is not in the configuration`, {
    why: `it has ${config.equipment.map((one) => one.id).join(", ") || "no equipment at all"}`,
    hint: "add it there, or correct the id",
  });
}

function variable(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new LabferryError("usage", `--var ${text} has no name and value`, {
    hint: "write it as name=value",
  });
}

function report(
  context: CliContext,
  made: { path: string; layoutPath: string; equipmentId: string },
): void {
  if (context.options.json) {
    return context.printJson({
      run_path: made.path,
      layout_path: made.layoutPath,
      equipment_id: made.equipmentId,
    });
  }
  context.print(made.path);
}
