/** `labferry run new | adopt | complete | list`. */
import { userInfo } from "node:os";
import { LabferryError } from "../base/mod.ts";
import type { Config, Equipment } from "../config/mod.ts";
import { configuredRuns } from "../daemon/mod.ts";
import { adoptRun, newRun } from "../intake/mod.ts";
import { readCreation, RECORD_FILES, recordPath } from "../records/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { reportHeld } from "./enqueue.ts";
import { configOf } from "./settings.ts";
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

/** The word that a run is complete is what lets it go: it is enqueued. */
export async function runComplete(
  context: CliContext,
  { dir }: { readonly dir: string },
): Promise<void> {
  await withControl(context, async (control) => {
    const { job, created } = await control.enqueue(dir);
    if (job.hold === "gate") return await reportHeld(context, { control, job });
    if (context.options.json) context.printJson(job);
    else {context.print(
        created
          ? `Complete and queued: ${job.run_path}`
          : `Was queued before (${job.state}): ${job.run_path}`,
      );}
  });
}

export async function runList(context: CliContext): Promise<void> {
  const { config } = await configOf(context);
  const runs: {
    run_path: string;
    equipment_id: string;
    sync_status: string;
    created_at: string | null;
  }[] = [];
  for await (const { runPath, equipmentId } of configuredRuns(config)) {
    runs.push({ run_path: runPath, equipment_id: equipmentId, ...await statusOf(runPath) });
  }
  if (context.options.json) return context.printJson({ runs });
  if (runs.length === 0) return context.print("No runs below the configured roots.");
  context.print(
    table(
      ["STATUS", "EQUIPMENT", "RUN"],
      runs.map((run) => [run.sync_status, run.equipment_id, run.run_path]),
    ),
  );
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

function aboutRun(config: Config, flags: AboutRun) {
  return {
    equipment: equipmentOf(config, flags.equipment),
    project: flags.project,
    kind: flags.test ? "test" as const : "experimental" as const,
    operator: flags.operator ?? userInfo().username,
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
