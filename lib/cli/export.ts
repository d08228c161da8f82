/** `labferry export RUN --format ro-crate|bagit [--to DIR]`: a run as a package for others. */
import { basename, resolve } from "node:path";
import { formatBytes, LabferryError, systemClock } from "../base/mod.ts";
import { EXPORT_FORMATS, type ExportFormat, exportRun, type RunFacts } from "../export/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl } from "./control.ts";
import { dataDirOf } from "./data_dir.ts";
import { configOf } from "./settings.ts";

export async function exportCommand(
  context: CliContext,
  { run, format, to }: { readonly run: string; readonly format: string; readonly to?: string },
): Promise<void> {
  if (!isFormat(format)) {
    throw new LabferryError("usage", `${JSON.stringify(format)} is no format`, {
      hint: `choose one: ${EXPORT_FORMATS.join(", ")}`,
    });
  }
  const exported = await exportRun(run, {
    format,
    to: to ?? `${basename(resolve(run))}.${format === "bagit" ? "bag" : "ro-crate"}`,
    transfer: await transferOf(context, run),
    license: (await configOf(context)).config.records.license,
    dataDir: await dataDirOf(resolve(run), context),
    clock: systemClock,
    signal: context.signal,
  });
  if (context.options.json) return context.printJson({ format, ...exported });
  context.print(`${exported.files} files, ${formatBytes(exported.bytes)}, in ${exported.to}`);
}

function isFormat(text: string): text is ExportFormat {
  return (EXPORT_FORMATS as readonly string[]).includes(text);
}

/** A folder that the queue does not know (brought back elsewhere, shipped by hand) is packed too. */
async function transferOf(context: CliContext, run: string): Promise<RunFacts["transfer"]> {
  let transfer: RunFacts["transfer"] = null;
  try {
    await askControl(context, async (control) => {
      const { verified_at: provenAt, destination } = await control.job(resolve(run));
      transfer = provenAt ? { destination, provenAt } : null;
    });
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "unknown_run") throw error;
  }
  return transfer;
}
