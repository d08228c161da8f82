/** What all lives of a process share, made once: a configuration, an empty queue, a record to copy. */
import { type Config, loadConfig } from "../../lib/config/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { DATA_ROOT, EQUIPMENT, FAR_BASE } from "./world.ts";
import { installTimers } from "./settle.ts";

export interface Prepared {
  readonly config: Config;
  /** A folder of the real disk, in memory where there is one. */
  readonly folder: string;
  readonly emptyQueue: string;
}

let prepared: Promise<Prepared> | null = null;

/** Of this process; its folder goes with it. */
export function prepare(): Promise<Prepared> {
  return prepared ??= make();
}

async function make(): Promise<Prepared> {
  installTimers();
  const folder = await Deno.makeTempDir({ dir: await inMemory(), prefix: "simulated-lives-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const file = `${folder}/config.yaml`;
  await Deno.writeTextFile(file, YAML);
  const { config } = await loadConfig({ path: file, env: {} });
  const emptyQueue = `${folder}/empty.db`;
  Queue.open(emptyQueue)[Symbol.dispose]();
  return { config, folder, emptyQueue };
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
