/** The simulator's NAS keeps the contract that the real transports keep: it does not lie. */
import { FarSide, UNWATCHED } from "../../scripts/simulate/far_side.ts";
import { useDisk } from "../../scripts/simulate/disk_door.ts";
import { LocalDisk, SIM } from "../../scripts/simulate/local_disk.ts";
import { type Place, transportContract } from "../contract/suite.ts";

function simulatedPlace(): Promise<Place> {
  const disk = new LocalDisk({
    now: () => Date.now(),
    onEffect: () => {},
    onBytes: () => {},
    onRemove: () => {},
    onRead: () => {},
  });
  useDisk(disk);
  const basePath = `${SIM}/nas/lab`;
  const habits = { hashesThere: true, hashesWhileSending: true, namesExclusively: true };
  const transport = new FarSide({ disk, base: basePath, habits, watch: UNWATCHED });
  return Promise.resolve({
    transport,
    basePath,
    timeStepMs: 1,
    toldUploadMbps: () => transport.toldUploadMbps,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

const NO_FETCH = "no simulated life brings files back through it";

transportContract("simulated NAS", [], simulatedPlace, {
  "fetch-list": NO_FETCH,
  "fetch-names": NO_FETCH,
  "fetch-sizes": NO_FETCH,
  "fetch-missing": NO_FETCH,
  "fetch-damaged": NO_FETCH,
  "fetch-here-already": NO_FETCH,
  "fetch-into-links": NO_FETCH,
  "fetch-resumes": NO_FETCH,
  "fetch-ceiling": NO_FETCH,
  "remove-probe": "no simulated life sends a probe",
});
