/** A run's folder as a person named it. */
import { resolve } from "node:path";
import { endsWithin } from "../base/ends_within.ts";
import { LabferryError } from "../base/mod.ts";
import { lstatOrNull, realSpelling } from "../disk/mod.ts";

/**
 * Its path without links, so that one run has one job.
 *
 * @throws LabferryError `not_a_run` for what is not there, is no folder, or is a link itself
 */
export async function runFolder(
  path: string,
  { hint = "name the run's own folder" }: { readonly hint?: string } = {},
): Promise<string> {
  const absolute = resolve(path);
  if ((await lstatOrNull(absolute))?.isDirectory) return await Deno.realPath(absolute);
  throw new LabferryError("not_a_run", `${absolute} is not a folder`, { path: absolute, hint });
}

/** A disk or share that has not said by then where a path leads is not waited for. */
const LOOK_MS = 5_000;

/**
 * A run's path as intake has it, without links; of a run that is gone, too. As it was written where the
 * disk does not say: then nobody knows a run of that path.
 */
export async function knownRunPath(path: string): Promise<string> {
  const spelled = realSpelling(path);
  if (!await endsWithin(spelled, LOOK_MS)) return path;
  return await spelled.catch(() => path);
}
