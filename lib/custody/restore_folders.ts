/** Folders that were empty: made again, beside whatever has one of their names by now. */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import type { DiskPool } from "../disk/mod.ts";
import { type Brought, isOther, withDifferent } from "./restore_files.ts";

const FOLDERS_AT_ONCE = 1_000;

/** `paths` are below `dir`, with `/`. What is in the way of one is left as it is, and named. */
export async function bringFolders(
  brought: Brought,
  { paths, dir, pool, signal }: {
    readonly paths: Iterable<string> | AsyncIterable<string>;
    readonly dir: string;
    readonly pool: Pick<DiskPool, "makeFolders">;
    readonly signal: AbortSignal;
  },
): Promise<Brought> {
  const inTheWay: string[] = [];
  const make = (some: readonly string[]) =>
    pool.makeFolders(some.map((path) => join(dir, path)), { root: dir, signal });
  const makeEach = async (some: readonly string[]) => {
    try {
      await make(some);
    } catch (error) {
      if (!(error instanceof LabferryError && isOther(error))) throw error;
      if (some.length === 1) inTheWay.push(`${some[0]}/`);
      else for (const path of some) await makeEach([path]);
    }
  };
  let some: string[] = [];
  for await (const path of paths) {
    if (some.push(path) < FOLDERS_AT_ONCE) continue;
    await makeEach(some);
    some = [];
  }
  if (some.length > 0) await makeEach(some);
  return withDifferent(brought, inTheWay);
}
