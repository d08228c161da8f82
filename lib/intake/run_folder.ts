/** A run's folder as a person named it. */
import { resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { lstatOrNull } from "../disk/mod.ts";

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
