/** There is room where the state and the data are, and the state is on a disk of this computer. */
import { statfs } from "node:fs/promises";
import { formatBytes } from "../../base/mod.ts";
import { isShared } from "../../process/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";
import { type Check, localRoots } from "../patient.ts";

interface Facts {
  readonly path: string;
  readonly isState: boolean;
  readonly isShared: boolean;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

const MIB = 1024 ** 2;
/** A queue of a million files takes some 600 MiB; a migration copies it first. */
const STATE_LOW_BYTES = 2048 * MIB;
const STATE_FULL_BYTES = 64 * MIB;
const ROOT_LOW_SHARE = 0.05;
/** Records are written before and after each run. */
const ROOT_FULL_BYTES = 16 * MIB;

export const DISK: Check<Facts | null> = {
  name: "disk",
  subjects: (patient) =>
    [patient.statePath, ...localRoots(patient)].map((path) => ({
      about: path,
      gather: async (signal) => {
        const look = await patient.pool.far({ kind: "look", root: path, folder: path }, { signal });
        if (look === null) return null;
        const { bsize, blocks, bavail } = await statfs(path);
        return {
          path,
          isState: path === patient.statePath,
          isShared: isShared(look.realPath),
          totalBytes: blocks * bsize,
          freeBytes: bavail * bsize,
        };
      },
    })),
  judge: (facts) => facts === null ? [] : [judge(facts)],
};

function judge(facts: Facts): Said {
  const { path, isState, totalBytes, freeBytes } = facts;
  const room = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free`;
  if (isState && facts.isShared) {
    return fault({
      code: "queue_wrong_place",
      message: `${path} is on a share: a database there gets damaged`,
      hint: "put the state on a local disk: --state-dir or LABFERRY_STATE_DIR",
    });
  }
  const [lowBytes, fullBytes] = isState
    ? [STATE_LOW_BYTES, STATE_FULL_BYTES]
    : [totalBytes * ROOT_LOW_SHARE, ROOT_FULL_BYTES];
  if (freeBytes < fullBytes) {
    return fault({ code: "disk_full", message: room, hint: "make room on this disk" });
  }
  if (freeBytes < lowBytes) {
    return warning({
      code: "disk_full",
      message: room,
      hint: isState
        ? "make room, or put the state on a larger disk"
        : "labferry status names the runs that are proven; nas_cleanup lets them go",
    });
  }
  return ok(room);
}
