/** What all lives of a process share, made once: a configuration, an empty queue, a record to copy. */
import { DatabaseSync } from "node:sqlite";
import { type Config, loadConfig } from "../../lib/config/mod.ts";
import { hostFacts } from "../../lib/daemon/host_facts.ts";
import { newRun } from "../../lib/intake/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { useDisk } from "./disk_door.ts";
import { LocalDisk } from "./local_disk.ts";
import { useChance } from "./own_chance.ts";
import { SimTime } from "./sim_clock.ts";
import { DATA_ROOT, EQUIPMENT, FAR_BASE } from "./world.ts";
import { installTimers } from "./settle.ts";

export interface Prepared {
  readonly config: Config;
  /** A folder of the real disk, in memory where there is one. */
  readonly folder: string;
  /** A whole database in which nothing is. */
  readonly emptyQueue: Uint8Array;
  /** `creation.json` of a run that `run new` made. */
  readonly record: Uint8Array;
}

export const PROJECT = "Cortex";
export const FIRST_LEAF = "Run_2026-04-17T14-00";

let prepared: Promise<Prepared> | null = null;

/** Of this process; its folder goes with it. */
export function prepare(): Promise<Prepared> {
  return prepared ??= make();
}

/** For a thread that ends: its folder goes, as with a process. */
export async function forgetPrepared(): Promise<void> {
  if (prepared === null) return;
  await Deno.remove((await prepared).folder, { recursive: true });
  prepared = null;
}

async function make(): Promise<Prepared> {
  installTimers();
  // Asked of the system once, which takes real time: the first life would be another under load.
  await hostFacts();
  const folder = await Deno.makeTempDir({ dir: await inMemory(), prefix: "simulated-lives-" });
  globalThis.addEventListener("unload", () => {
    if (prepared !== null) Deno.removeSync(folder, { recursive: true });
  });
  const file = `${folder}/config.yaml`;
  await Deno.writeTextFile(file, YAML);
  const { config } = await loadConfig({ path: file, env: {} });
  const time = new SimTime();
  useChance({ seed: 0, time });
  const emptyQueue = emptyQueueIn(folder);
  const record = await firstRecord(config, time);
  return { config, folder, emptyQueue, record };
}

/** As the product makes it; without its log, which the door has no use for. */
function emptyQueueIn(folder: string): Uint8Array {
  const path = `${folder}/empty.db`;
  Queue.open(path)[Symbol.dispose]();
  const database = new DatabaseSync(path);
  database.prepare("PRAGMA journal_mode = DELETE").get();
  database.close();
  return Deno.readFileSync(path);
}

/** Over a disk of its own, so that no life is the first one. */
async function firstRecord(config: Config, time: SimTime): Promise<Uint8Array> {
  const disk = new LocalDisk({
    now: () => time.wallMs,
    onEffect: () => {},
    onBytes: () => {},
    onRemove: () => {},
    onRead: () => {},
  });
  useDisk(disk);
  disk.mkdir(DATA_ROOT);
  const { path } = await newRun({
    equipment: config.equipment[0]!,
    project: PROJECT,
    kind: "experimental",
    operator: "asmith",
    leaf: FIRST_LEAF,
  });
  return disk.readFile(recordPath(path, RECORD_FILES.creation));
}

async function inMemory(): Promise<string> {
  try {
    await Deno.stat("/dev/shm");
    return "/dev/shm";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return Deno.env.get("TMPDIR") ?? "/tmp";
  }
}

const YAML = `
equipment:
  - id: ${EQUIPMENT}
    label: ${EQUIPMENT}
    local_root: ${DATA_ROOT}
    nas_root: ${FAR_BASE}
    completeness_signal: quiet_period
    quiet_minutes: 10
    transport:
      type: mount
      path: ${FAR_BASE}
sync:
  scan_seconds: 600
  settle_seconds: 30
verify:
  min_gap_hours: 12
  scrub_days: 5
nas_cleanup:
  enabled: true
  min_verify_passes: 2
  min_age_hours: 24
`;
