/**
 * The drill: random proven files, those of runs whose local copy is gone first, are brought back through
 * the restore that a person would use, each compared with its hash, timed, and removed again. Nothing at
 * the destination changes but the line that tells of it.
 */
import { join } from "node:path";
import { counted, formatBytes, LabferryError } from "../base/mod.ts";
import { DiskPool } from "../disk/mod.ts";
import { parseChecksums, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { type FarSession, MAX_SMALL_FILE_BYTES } from "../transports/mod.ts";
import { restoreOver } from "./restore_from.ts";

/** A proven run, as the drill needs it. */
export interface DrillRun {
  readonly farDir: string;
  readonly isCleaned: boolean;
  readonly bytes: number;
}

export interface DrillOptions {
  readonly equipmentId: string;
  readonly session: FarSession;
  /** The destination as people write it. */
  readonly address: string;
  /** All of the instrument that is proven there. */
  readonly runs: readonly DrillRun[];
  readonly maxBytes: number;
  /** An empty folder; whoever made it removes it. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  /** From 0 to less than 1. */
  readonly random: () => number;
  readonly monotonicMs: () => number;
}

/** What is recorded, and signed. Times in seconds. */
export interface DrillOutcome {
  readonly equipment: string;
  readonly destination: string;
  readonly runs: number;
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Below the base: what did not come back as it was proven; the first ones. */
  readonly bad: readonly string[];
  /** All that is proven there, and how long it would take at this pace; null without a pace. */
  readonly whole_bytes: number;
  readonly whole_seconds: number | null;
  readonly sentence: string;
}

/** A drill asks many runs for a little, not one for all. */
const MOST_RUNS = 20;
const SHARE = 5;
const MOST_BAD = 20;

/** @throws TransportError of the destination; LabferryError `wrong_state`, and of this computer's disk */
export async function drill(options: DrillOptions): Promise<DrillOutcome> {
  const { runs, maxBytes, signal, random, scratchDir, session, address } = options;
  if (runs.length === 0) {
    throw new LabferryError("wrong_state", "Nothing is proven that could be brought back", {
      why: `no run of ${options.equipmentId} is verified or cleaned`,
      hint: "wait for the first verified run",
    });
  }
  using pool = new DiskPool();
  const tally = { runs: 0, files: 0, bytes: 0, ms: 0, bad: [] as string[] };
  let left = maxBytes;
  for (const run of inTurn(runs, random).slice(0, MOST_RUNS)) {
    signal.throwIfAborted();
    if (left <= 0) break;
    const picked = await pick(run, { ...options, most: Math.min(left, maxBytes / SHARE) });
    if (picked.missing !== null) tally.bad.push(picked.missing);
    if (picked.names.size === 0) continue;
    const scratch = join(scratchDir, `run-${tally.runs}`);
    await Deno.mkdir(scratch);
    const begun = options.monotonicMs();
    const brought = await restoreOver({
      session,
      address,
      pool,
      farDir: run.farDir,
      to: join(scratch, "files"),
      only: (path) => picked.names.has(path),
      downloadMbps: null,
      scratchDir: scratch,
      signal,
    });
    tally.ms += options.monotonicMs() - begun;
    tally.runs++;
    tally.files += brought.files;
    tally.bytes += brought.bytes;
    for (const { names } of [brought.missing, brought.damaged, brought.different]) {
      tally.bad.push(...names.map((name) => `${run.farDir}/${name}`));
    }
    await Deno.remove(scratch, { recursive: true });
    left -= picked.bytes;
  }
  return outcomeOf(tally, options);
}

/** Those of which no other copy is known first; else by chance. */
function inTurn(runs: readonly DrillRun[], random: () => number): DrillRun[] {
  return runs.map((run) => ({ run, at: (run.isCleaned ? 0 : 1) + random() }))
    .sort((a, b) => a.at - b.at).map(({ run }) => run);
}

interface Picked {
  readonly names: ReadonlySet<string>;
  readonly bytes: number;
  /** The far path of what is not there and has to be: the manifest itself. */
  readonly missing: string | null;
}

/** Random files of the far manifest, as many as fit. */
async function pick(
  { farDir }: DrillRun,
  { session, random, most }: DrillOptions & { readonly most: number },
): Promise<Picked> {
  const name = `${RECORDS_DIR}/${RECORD_FILES.checksums}`;
  const sizes = new Map<string, number>();
  for await (const { path, kind, sizeBytes } of session.list(farDir)) {
    if (kind === "file") sizes.set(path, sizeBytes);
  }
  // A run of half a million files has a manifest of its own size: the passes read it, a drill does not.
  if ((sizes.get(name) ?? 0) > MAX_SMALL_FILE_BYTES) {
    return { names: new Set(), bytes: 0, missing: null };
  }
  const manifest = (await session.getFiles(farDir, [name])).get(name) ?? null;
  if (manifest === null) return { names: new Set(), bytes: 0, missing: `${farDir}/${name}` };
  const listed: { path: string; at: number }[] = [];
  for await (const { path } of parseChecksums([manifest], name)) {
    listed.push({ path, at: random() });
  }
  listed.sort((a, b) => a.at - b.at);
  const names = new Set<string>();
  let bytes = 0;
  for (const { path } of listed) {
    // One that is not there is asked for too: that it does not come is what the drill has to say.
    const size = sizes.get(path) ?? 0;
    if (bytes + size > most) continue;
    names.add(path);
    bytes += size;
  }
  return { names, bytes, missing: null };
}

function outcomeOf(
  { runs, files, bytes, ms, bad }: {
    readonly runs: number;
    readonly files: number;
    readonly bytes: number;
    readonly ms: number;
    readonly bad: readonly string[];
  },
  { equipmentId, address, runs: all }: DrillOptions,
): DrillOutcome {
  const seconds = Math.round(ms) / 1000;
  const wholeBytes = all.reduce((sum, run) => sum + run.bytes, 0);
  const wholeSeconds = bytes > 0 && ms > 0 ? Math.round(wholeBytes / (bytes / ms) / 1000) : null;
  const came = `${counted(files, "file")} (${formatBytes(bytes)}) of ${counted(runs, "run")}`;
  const pace = wholeSeconds === null
    ? "no pace was measured"
    : `all that is proven of ${equipmentId} (${formatBytes(wholeBytes)}) would be back in ${
      span(wholeSeconds)
    }`;
  const sentence = bad.length > 0
    ? `${counted(bad.length, "file")} did not come back as proven, first ${bad[0]}`
    : `${came} came back as proven in ${span(seconds)}; ${pace}`;
  return {
    equipment: equipmentId,
    destination: address,
    runs,
    files,
    bytes,
    seconds,
    bad: bad.slice(0, MOST_BAD),
    whole_bytes: wholeBytes,
    whole_seconds: wholeSeconds,
    sentence,
  };
}

/** `9 h`, as people say it. */
function span(seconds: number): string {
  if (seconds < 100) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 72 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
