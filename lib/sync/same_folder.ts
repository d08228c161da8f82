/**
 * Is the far folder the run's own folder? Through a link, a bind mount, or a share of this PC it may
 * be, under a path that does not tell. Then everything over there would match and nothing would be
 * a copy. A file that is put beside the run for a moment and is seen over there gives it away,
 * whatever the transport.
 */
import { RECORD_FILES, recordPath } from "../records/mod.ts";
import { mayWriteRecords } from "./work_lock.ts";

/** In the run's records for as long as it is held; `name` is null where nothing can be written. */
export interface LocalSign extends AsyncDisposable {
  readonly name: string | null;
}

export async function putSign(runPath: string): Promise<LocalSign> {
  // A run on a read-only disk cannot be its own destination: nothing could be written there either.
  if (!await mayWriteRecords(runPath)) {
    return { name: null, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  // Named as a temporary file of the record: a killed labferry's is swept up with those.
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const name = `${RECORD_FILES.transfer}.${random}.tmp`;
  const path = recordPath(runPath, name);
  await Deno.writeTextFile(path, "", { createNew: true });
  return { name, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
