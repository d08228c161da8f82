/** What stands beside a run over there before anything is written: whose it is, and whether it is the run itself. */
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { FarConnection } from "./far_connection.ts";
import { HEAD_START_FILE, headStartOf, type HeadStartThere } from "./head_start_file.ts";
import { putSign } from "./same_folder.ts";

export interface ReadOwner {
  /** `transfer.json`. */
  readonly transfer: Uint8Array | null;
  /** Whether files were sent there before the run was complete. */
  readonly headStart: HeadStartThere;
}

/** @throws TransportError `destination_conflict`: the far folder is the run itself */
export async function readOwner(
  { runPath, farDir, destination }: Pick<Job, "runPath" | "farDir" | "destination">,
  { session }: Pick<FarConnection, "session">,
): Promise<ReadOwner> {
  const records = `${farDir}/${RECORDS_DIR}`;
  await using sign = await putSign(runPath);
  const { name } = sign;
  const names = [RECORD_FILES.transfer, HEAD_START_FILE, ...(name ? [name] : [])];
  const there = await session.getFiles(records, names);
  if (name === null || (there.get(name) ?? null) === null) {
    return {
      transfer: there.get(RECORD_FILES.transfer) ?? null,
      headStart: headStartOf(there.get(HEAD_START_FILE) ?? null),
    };
  }
  throw new TransportError("destination_conflict", "The destination is the run's own folder", {
    path: `${destination}/${farDir}`,
    why: "what is written beside the run appears over there at once, so nothing would be copied",
    hint: "choose a destination elsewhere, on another disk",
  });
}
