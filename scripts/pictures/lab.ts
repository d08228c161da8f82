/** The make-believe lab of the pictures: three instruments, a NAS, and twelve weeks of runs behind it. */
import { join } from "node:path";
import { loadConfig } from "../../lib/config/mod.ts";
import { acquire } from "../../lib/cli/demo_instrument.ts";
import { PLAN } from "../../lib/cli/demo_runs.ts";
import { markDestination } from "../../lib/cli/destination.ts";
import { shownSettings } from "../../lib/cli/shown_settings.ts";
import { openStateDir, type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { until } from "../../tests/support/until.ts";
import { fillHistory } from "./history.ts";

const ROOT = "/srv/labferry";
export const DATA = "/srv/data";
export const NAS = "/mnt/nas/lab";

export interface PictureLab extends AsyncDisposable {
  readonly service: RunningDaemon;
  /** Writes the demo's run of that number on the instrument; gives its folder. */
  write(equipmentId: string, nth: number, how?: { readonly restMs?: number }): Promise<string>;
  /** Resolves when the run is in that state, or held. */
  untilIs(runPath: string, state: string): Promise<string>;
}

export async function openPictureLab(): Promise<PictureLab> {
  for (const folder of [ROOT, DATA, NAS]) await Deno.mkdir(folder, { recursive: true });
  const configPath = join(ROOT, "config.yaml");
  await Deno.writeTextFile(configPath, CONFIG);
  const loaded = await loadConfig({ path: configPath, env: {} });
  const { config } = loaded;
  const stateDir = await openStateDir(join(ROOT, "state"));
  const known = new KnownDestinations(stateDir.path);
  const { signal } = new AbortController();
  for (const equipment of config.equipment) {
    await markDestination(equipment, { stateDir, known, signal });
  }
  {
    await using _first = await startDaemon({ config, stateDir });
  }
  fillHistory(stateDir.queueFile, { data: DATA, nas: NAS, equipment: config.equipment });
  const settings = () => shownSettings(loaded);
  const service = await startDaemon({ config, stateDir, settings });
  const ending = new AbortController();
  return {
    service,
    async write(equipmentId, nth, { restMs = 0 } = {}) {
      const equipment = config.equipment.find(({ id }) => id === equipmentId)!;
      const run = PLAN.find((one) => one.equipmentId === equipmentId)!.runs[nth]!;
      const begun = Promise.withResolvers<string>();
      const ended = acquire({
        equipment,
        run,
        restMs,
        signal: ending.signal,
        onBegin: begun.resolve,
      });
      // A slow one goes on until the lab is closed.
      ended.catch((error) => {
        if (!ending.signal.aborted) begun.reject(error);
      });
      return restMs > 0 ? await begun.promise : await ended;
    },
    async untilIs(runPath, wanted) {
      let id = "";
      await until(async () => {
        const job = (await service.control.jobs({ limit: 50 }))
          .find(({ run_path }) => run_path === runPath);
        id = job?.id ?? "";
        return job?.state === wanted || job?.hold === wanted;
      }, { what: `${runPath} to be ${wanted}`, limitMs: 120_000 });
      return id;
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await service[Symbol.asyncDispose]();
    },
  };
}

const instrument = (id: string, label: string, rest: string) =>
  `  - id: ${id}
    label: ${label}
    local_root: ${DATA}
    nas_root: ${NAS}
    ${rest}
`;

const CONFIG = `equipment:
${
  instrument(
    "CONFOCAL_01",
    "Confocal microscope",
    `completeness_signal: sentinel_file
    sentinel_filename: acquisition_complete.flag
    transport: { type: mount, path: ${NAS}/CONFOCAL_01, bandwidth: { upload_mbps: 40 } }`,
  )
}${
  instrument(
    "FLOW_01",
    "Flow cytometer",
    `completeness_signal: manifest
    manifest_filename: run_manifest.json
    transport: { type: mount, path: ${NAS}/FLOW_01 }`,
  )
}${
  instrument(
    "PLATE_01",
    "Plate reader",
    `completeness_signal: quiet_period
    quiet_minutes: 0.05
    transport: { type: mount, path: ${NAS}/PLATE_01 }`,
  )
}sync: { scan_seconds: 1, settle_seconds: 1 }
nas_cleanup: { enabled: true, min_age_hours: 168, allow_same_disk: true }
drill: { max_gib: 0 }
status: { port: 8787 }
`;
