/**
 * A folder is not shipped into itself, onto itself, or over labferry's own files: refused before
 * anything is made or marked over there.
 */
import { basename, dirname, join, resolve } from "node:path";
import { isWithin, LabferryError } from "../base/mod.ts";
import { RECORDS_DIR } from "../records/mod.ts";
import type { Transport } from "../transports/mod.ts";

/** Names a base has for labferry's own use; a run of that name would lie among them. */
const RESERVED = /^\.labferry-/i;

/** @throws LabferryError `usage`; `runPath` is without links */
export async function refuseOverlap(
  runPath: string,
  { transport, signal, token }: {
    readonly transport: Transport;
    readonly signal: AbortSignal;
    readonly token: string;
  },
): Promise<void> {
  const name = basename(runPath);
  if (RESERVED.test(name) || name === RECORDS_DIR) {
    throw new LabferryError("usage", `A folder named ${name} cannot be shipped`, {
      path: runPath,
      why: "labferry keeps its own files under that name",
      hint: "ship the folder it belongs to, or rename it",
    });
  }
  for (const { path, keepsNames } of await transport.placesHere({ signal, token })) {
    const base = await realPathOf(path);
    const far = join(base, name);
    if (isWithin(base, runPath)) {
      throw overlap(runPath, "the destination lies inside the folder that is to be shipped");
    }
    if (keepsNames && isWithin(runPath, far)) {
      throw overlap(runPath, `it would land in ${far}, where it already is`);
    }
  }
}

function overlap(runPath: string, why: string): LabferryError {
  return new LabferryError("usage", "A folder cannot be shipped onto itself", {
    path: runPath,
    why,
    hint:
      "choose a destination elsewhere, best on another disk (where an address of this computer leads to another one, through a tunnel, name that in ssh's configuration)",
  });
}

/** Without links, as far as the path exists. */
async function realPathOf(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await Deno.realPath(absolute);
  } catch (error) {
    const up = dirname(absolute);
    if (!(error instanceof Deno.errors.NotFound) || up === absolute) return absolute;
    return join(await realPathOf(up), basename(absolute));
  }
}
