/** `labferry-service.json` in a tree, as a file: found, locked, and whether its writer is gone. */
import { dirname, join } from "node:path";
import { decodeUtf8, derivedId, LabferryError } from "../base/mod.ts";
import { errnoOf, type FileLock, lockFile, lstatOrNull, readOrNull } from "../disk/mod.ts";
import { parseClaim, RECORD_FILES, recordPath, type ServiceClaim } from "../records/mod.ts";
import { hostFacts } from "./host_facts.ts";
import type { Found } from "./tree_claim.ts";

/** Whoever holds it writes a small file, and lets go. */
export const LOCK_MS = 5_000;

export function claimFile(folder: string): string {
  return recordPath(folder, RECORD_FILES.service);
}

export async function foundIn(folder: string): Promise<Found> {
  const path = claimFile(folder);
  try {
    const bytes = await readOrNull(path);
    if (bytes === null) return { kind: "none", isEmpty: false };
    // A power cut may leave it so where names cannot be claimed by a link.
    if (bytes.length === 0) return { kind: "none", isEmpty: true };
    return { kind: "claim", claim: parseClaim(bytes, path) };
  } catch (error) {
    if (error instanceof LabferryError) return { kind: "unusable", why: error.message };
    const errno = errnoOf(error);
    if (errno === null) throw error;
    if (errno === "ENOTDIR") return { kind: "none", isEmpty: false };
    return { kind: "unusable", why: `it cannot be read: ${errno}` };
  }
}

/** The labferry that wrote it was on this computer, and its state directory is gone or another's now. */
export async function isGoneFromHere(
  { hostKey: key, stateDir, installation }: ServiceClaim,
): Promise<boolean> {
  if (key === "" || stateDir === "" || key !== await hostKey()) return false;
  try {
    const bytes = await readOrNull(join(stateDir, "installation.json"));
    return bytes === null || !decodeUtf8(bytes).includes(installation);
  } catch (error) {
    // Torn, or not to be read: it may well be there.
    if (error instanceof TypeError || errnoOf(error) !== null) return false;
    throw error;
  }
}

export async function hostKey(): Promise<string> {
  const { hostName, machineId, networkAddresses } = await hostFacts();
  return derivedId([hostName, machineId ?? "", ...networkAddresses].join("|"));
}

export async function makeFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return await refuseNoFolder(folder);
    const errno = errnoOf(error);
    if (errno === null) throw error;
    throw new LabferryError("permission_denied", `${folder} cannot be made: ${errno}`, {
      path: folder,
      hint: "let the account labferry runs as write there",
      cause: error,
    });
  }
}

/** False where the root is not there: its disk is unplugged. */
export async function madeBelowItsRoot(folder: string): Promise<boolean> {
  if (!(await lstatOrNull(dirname(folder)))?.isDirectory) return false;
  await makeFolder(folder);
  return true;
}

async function refuseNoFolder(folder: string): Promise<void> {
  if ((await lstatOrNull(folder))?.isDirectory) return;
  throw new LabferryError("link_refused", `${folder} is not a folder`, {
    path: folder,
    hint: "move it away; the instrument's records are kept there, and links are never followed",
  });
}

/** Another writer's turn takes real time, whatever clock the claims are dated by. */
export async function lockWhereThereAreLocks(path: string): Promise<FileLock | Disposable> {
  try {
    return await lockFile(path, { mode: "exclusive", timeoutMs: LOCK_MS });
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "no_locks") throw error;
    return { [Symbol.dispose]() {} };
  }
}
