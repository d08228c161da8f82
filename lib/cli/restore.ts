/**
 * `labferry restore RUN [--to DIR] [--only PATTERN]` and `restore --from DEST FARPATH --to DIR`. The
 * second needs no queue and no configuration: the PC that sent the run may be gone.
 */
import { resolve } from "node:path";
import { counted, EXIT, formatBytes, LabferryError, randomId, systemClock } from "../base/mod.ts";
import { type BroughtView, broughtView, type Control, type JobView } from "../control/mod.ts";
import { ceilingOf, type RestoreFrom, restoreFrom } from "../custody/mod.ts";
import { createTransport, destinationsOf } from "../daemon/mod.ts";
import { ProgressMeter } from "../sync/mod.ts";
import { KnownDestinations, type Transport } from "../transports/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { parseDestination } from "./destination_address.ts";
import { shown } from "./far_account.ts";
import { type FetchScratch, withFetchScratch } from "./fetch_scratch.ts";
import { progressBar } from "./progress_bar.ts";
import { refuseDestination, refuseLookedAfter } from "./restore_to.ts";
import { configOf, stateDirOf } from "./settings.ts";
import { refuseBwlimit } from "./ship.ts";
import { visible } from "./table.ts";

interface RestoreFlags {
  readonly run: string;
  readonly to?: string;
  readonly only: readonly string[];
  readonly from?: string;
  readonly bwlimit?: number;
  readonly sshKey?: string;
  readonly sshPort?: number;
}

export async function restore(context: CliContext, flags: RestoreFlags): Promise<void> {
  const { run, to, only, from } = flags;
  if (from !== undefined) return await restoreByAddress(context, { ...flags, from });
  await withControl(context, async (control) => {
    const options = {
      ...(to === undefined ? {} : { to: resolve(to) }),
      ...(only.length > 0 ? { only } : {}),
    };
    try {
      tell(context, await control.restore(run, options));
    } catch (error) {
      const isElsewhere = error instanceof LabferryError && error.code === "restore_elsewhere";
      if (!isElsewhere || to === undefined) throw error;
      await restoreAsOurselves(context, { ...flags, to, control });
    }
  });
}

/** The service does not write there; this account may. */
async function restoreAsOurselves(
  context: CliContext,
  { run, to, only, control }: RestoreFlags & { readonly to: string; readonly control: Control },
): Promise<void> {
  const job = await control.job(run);
  const { config } = await configOf(context);
  const stateDir = await stateDirOf(context, { reading: true });
  await refuseLookedAfter(to, { config, stateDir: stateDir.path });
  const known = new KnownDestinations(stateDir.path);
  const destination = destinationsOf(config, known, systemClock).get(job.equipment_id);
  if (!destination) {
    throw new LabferryError("unknown_equipment", `${job.equipment_id} is not configured`, {
      hint: "`labferry restore --from DEST FARPATH --to DIR` needs no configuration",
    });
  }
  const brought = await bring(context, {
    transport: destination.transport,
    uuid: await destination.identity(),
    farDir: job.far_path,
    to,
    only: only.length > 0 ? only : null,
    downloadMbps: ceilingOf(destination),
  });
  tell(context, { job, ...brought });
}

async function restoreByAddress(
  context: CliContext,
  { run, to, only, bwlimit, sshKey, sshPort, from }: RestoreFlags & { readonly from: string },
): Promise<void> {
  if (to === undefined) {
    throw new LabferryError("usage", "restore --from needs --to DIR", {
      why: "without the run's own queue nobody knows its own place",
      hint: "name an empty folder, or one to which files are to be added",
    });
  }
  refuseBwlimit(bwlimit);
  await refuseDestination(to);
  const choice = parseDestination(from, { sshKey: sshKey ?? null, sshPort: sshPort ?? 22 });
  const brought = await bring(context, {
    transport: createTransport(choice),
    uuid: null,
    farDir: farPath(run),
    to,
    only: only.length > 0 ? only : null,
    downloadMbps: bwlimit ?? null,
  });
  tell(context, brought);
}

/** As people write it: `./a/b/` is `a/b`, `.` the base itself. */
function farPath(text: string): string {
  const segments = text.split("/").filter((part) => part !== "" && part !== ".");
  if (!segments.includes("..")) return segments.join("/");
  throw new LabferryError("usage", `${JSON.stringify(text)} is no path below a destination`, {
    hint: "give the run's folder as it is below DEST, for example CONFOCAL_01/Cortex_Q3/Runs/Run_…",
  });
}

async function bring(
  context: CliContext,
  what: Omit<RestoreFrom, "scratchDir" | "token" | "signal" | "onProgress"> & {
    readonly transport: Transport;
  },
): Promise<BroughtView> {
  using bar = progressBar(context);
  let meter: ProgressMeter | null = null;
  const brought = await withFetchScratch(SCRATCH, (scratchDir) =>
    restoreFrom({
      ...what,
      scratchDir,
      token: `restore-${randomId()}`,
      onProgress: (now, { bytes: bytesTotal, files: filesTotal }) => {
        meter ??= new ProgressMeter(
          { jobId: "", phase: "fetching", bytesTotal, filesTotal },
          { onProgress: bar.update, clock: systemClock },
        );
        meter.update(now);
      },
      signal: context.signal,
    }));
  bar.end();
  return broughtView(brought);
}

const SCRATCH: FetchScratch = {
  prefix: "labferry-restore-",
  holds: "the manifest, and lists of what is to come, are kept",
  afterwards: "what is back already stays, and the same command goes on from there",
};

/** Exit code 1 when something that was asked for is not there now. */
function tell(context: CliContext, brought: BroughtView & { readonly job?: JobView }): void {
  const { different, missing, damaged } = brought;
  if (different.count + missing.count + damaged.count > 0) context.exitCode = EXIT.failed;
  if (context.options.json) return context.printJson(brought);
  context.print(restoredText(brought));
}

export function restoredText(brought: BroughtView): string {
  const { to, files, bytes, already_here: here, records, different, missing, damaged } = brought;
  const lines = [
    `Brought back: ${counted(files, "file")}, ${formatBytes(bytes)}, each compared, to ${
      visible(to)
    }`,
  ];
  const add = (word: string, text: string) => lines.push(`  ${word.padEnd(11)}${text}`);
  if (here.files > 0) {
    add("here", `${counted(here.files, "file")} with the same bytes were here already`);
  }
  if (records > 0) add("records", `${counted(records, "record")} came with them`);
  if (different.count > 0) {
    const what = shown(different.count, different.names);
    add("not over", `${what}: something else has the name here, and was left as it is`);
  }
  if (damaged.count > 0) {
    const what = shown(damaged.count, damaged.names);
    add("damaged", `${what}: other bytes at the destination than were proven there; not brought`);
  }
  if (missing.count > 0) {
    add("missing", `${shown(missing.count, missing.names)} at the destination`);
  }
  return lines.join("\n");
}
