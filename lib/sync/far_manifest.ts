/**
 * The manifest that an earlier generation left over there: what it names was proven once, whatever
 * this queue remembers. While a generation is on its way its manifest lies among the superseded.
 */
import type { Job } from "../queue/mod.ts";
import { type Checksum, parseChecksums, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import type { FarConnection } from "./far_connection.ts";
import { supersededRoot } from "./superseded.ts";

/**
 * The entries, to be walked again and again; null when there is no manifest.
 *
 * @throws LabferryError `malformed_manifest` in the walk
 */
export async function farManifest(
  job: Pick<Job, "farDir" | "destination">,
  far: FarConnection,
): Promise<(() => AsyncGenerator<Checksum>) | null> {
  const name = `${RECORDS_DIR}/${RECORD_FILES.checksums}`;
  const place = { dir: job.farDir, bytes: await readOne(far, job.farDir, name) };
  if (place.bytes === null) {
    const aside = await newestAside(job, far);
    if (aside === null) return null;
    place.dir = aside;
    place.bytes = await readOne(far, aside, name);
  }
  const { bytes, dir } = place;
  if (bytes === null) return null;
  return () => parseChecksums([bytes], `${job.destination}/${dir}/${name}`);
}

async function readOne(
  { session }: FarConnection,
  dir: string,
  name: string,
): Promise<Uint8Array | null> {
  return (await session.getFiles(dir, [name])).get(name) ?? null;
}

/** The superseded folder that holds the manifest set aside last; stamps sort as time does. */
async function newestAside(
  job: Pick<Job, "farDir">,
  { session }: FarConnection,
): Promise<string | null> {
  const root = supersededRoot(job.farDir);
  const manifest = `/${RECORDS_DIR}/${RECORD_FILES.checksums}`;
  let newest: string | null = null;
  for await (const { path, kind } of session.list(root)) {
    if (kind !== "file" || !path.endsWith(manifest)) continue;
    const stamp = path.slice(0, -manifest.length);
    if (!stamp.includes("/") && (newest === null || stamp > newest)) newest = stamp;
  }
  return newest === null ? null : `${root}/${newest}`;
}
