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
  const habits = {
    hashesThere: true,
    hashesWhileSending: true,
    namesExclusively: true,
    flushesAtOnce: true,
  };
  const transport = new FarSide({ disk, base: basePath, habits, watch: UNWATCHED });
  return Promise.resolve({
    transport,
    basePath,
    timeStepMs: 1,
    toldUploadMbps: () => transport.toldUploadMbps,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

transportContract("simulated NAS", [], simulatedPlace, {
  "remove-probe": "no simulated life sends a probe",
});
