/**
 * What pushes left behind that were cut off: partial files in our own folder, and, when the far
 * machine lost its power, rsync's temporary files among the data. Keeping those in our folder too
 * (`--temp-dir`) made a push of small files half as slow again, so they are looked for afterwards,
 * and only when the folder shows that the last push did not end well.
 */
import type { FileList } from "../contract.ts";
import { listFar } from "./list.ts";
import type { RsyncConnection } from "./connection.ts";

/** rsync writes `dir/name` into `dir/.name.XXXXXX` first. */
const TEMPORARY = /^(.*\/)?\.([^/]+)\.[A-Za-z0-9]{6}$/;

/** A run has a few; more than that is not from us. */
const MAX_TEMPORARY = 10_000;

/** Temporary files of rsync below a far run: next to a file of the list, and not on it themselves. */
export async function temporaryFiles(
  connection: RsyncConnection,
  { farDir, files }: { farDir: string; files: FileList },
): Promise<string[]> {
  const suspects = new Map<string, string>();
  for await (const { path, kind } of listFar(connection, farDir)) {
    if (kind !== "file") continue;
    const [, dir = "", name] = TEMPORARY.exec(path) ?? [];
    if (name !== undefined) suspects.set(path, dir + name);
    if (suspects.size >= MAX_TEMPORARY) break;
  }
  if (suspects.size === 0) return [];
  const finals = new Set(suspects.values());
  const listed = new Set<string>();
  for await (const { path } of files) {
    suspects.delete(path);
    if (finals.has(path)) listed.add(path);
  }
  return [...suspects].filter(([, final]) => listed.has(final)).map(([path]) => path);
}
