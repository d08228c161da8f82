/**
 * A destination inside the run it is sent from: each push would find its own copies as new files. Seen
 * only where the destination is a folder of this machine, also under crypt and the like; a server
 * that shares this machine's disk is found out by the sign that is put beside a run.
 */
import { isWithin } from "../../base/mod.ts";
import { realPathOrNull } from "../../disk/mod.ts";
import { TransportError } from "../failure.ts";
import type { RcloneConnection } from "./connection.ts";
import { shownAddress } from "./remote_address.ts";

/** @throws {TransportError} `destination_conflict` */
export async function refuseOwnFolder(
  connection: RcloneConnection,
  sourceDir: string,
): Promise<void> {
  const run = await Deno.realPath(sourceDir);
  for (const folder of connection.backend.localDisks ?? []) {
    // A base that is missing is reported by whoever needs it.
    const base = await realPathOrNull(folder);
    if (base === null || !isWithin(base, run)) continue;
    throw new TransportError("destination_conflict", "The destination lies inside the run", {
      why: `${shownAddress(connection.address)} is ${base === run ? "the run's own folder" : base}`,
      hint: "Choose a destination on another disk: a copy inside the run is no copy.",
      path: sourceDir,
    });
  }
}
