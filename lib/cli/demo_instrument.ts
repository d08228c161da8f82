/**
 * A make-believe instrument: makes a run with its records, lets its files grow, and says in its own
 * way that the acquisition is over (a sentinel file, a manifest, or by falling quiet).
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { systemClock } from "../base/mod.ts";
import type { Completeness, Equipment } from "../config/mod.ts";
import { newRun } from "../intake/mod.ts";
import type { Chunks } from "./demo_content.ts";
import type { PlannedFile, PlannedRun } from "./demo_runs.ts";

export interface Acquisition {
  readonly equipment: Equipment;
  readonly run: PlannedRun;
  /** Rest between two writes: the tempo of the detector. */
  readonly restMs: number;
  readonly signal: AbortSignal;
  /** Told as soon as the run's folder is there. */
  readonly onBegin: (runPath: string) => void;
}

/** A reader that has written nothing for this long is done; the tempo of a demo, not of a lab. */
const QUIET_MS = 1_500;

interface Written {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Acquires one run and returns its folder once the instrument is done with it. */
export async function acquire(acquisition: Acquisition): Promise<string> {
  const { equipment, run, onBegin } = acquisition;
  const { path: runPath } = await newRun({
    equipment,
    project: run.project,
    kind: run.kind,
    operator: "demo",
    variables: { operator: "demo", purpose: "labferry demo" },
  });
  onBegin(runPath);
  const written: Written[] = [];
  for (const file of run.files) written.push(await grow(file, { ...acquisition, runPath }));
  await markComplete(equipment.completeness, { runPath, written, signal: acquisition.signal });
  return runPath;
}

async function grow(
  { path, chunks }: PlannedFile,
  { runPath, restMs, signal }: Acquisition & { readonly runPath: string },
): Promise<Written> {
  const absolute = join(runPath, path);
  await Deno.mkdir(dirname(absolute), { recursive: true });
  using file = await Deno.open(absolute, { write: true, createNew: true });
  const hash = createHash("sha256");
  let size = 0;
  for (const chunk of chunks() as Chunks) {
    await writeWhole(file, chunk);
    hash.update(chunk);
    size += chunk.length;
    await systemClock.sleep(restMs, signal);
  }
  return { path, size, sha256: hash.digest("hex") };
}

async function writeWhole(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) done += await file.write(chunk.subarray(done));
}

async function markComplete(
  completeness: Completeness,
  { runPath, written, signal }: {
    readonly runPath: string;
    readonly written: readonly Written[];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  switch (completeness.signal) {
    case "sentinel_file":
      for (const name of completeness.filenames) {
        await Deno.writeTextFile(join(runPath, name), "complete\n", { createNew: true });
      }
      return;
    case "manifest":
      return await Deno.writeTextFile(
        join(runPath, completeness.filename),
        `${JSON.stringify({ files: written }, null, 2)}\n`,
        { createNew: true },
      );
    case "quiet_period":
      return await systemClock.sleep(QUIET_MS, signal);
    case "manual":
    case "done":
      return;
  }
}
