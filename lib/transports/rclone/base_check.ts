/** Is the base there, and can it be listed? Nothing here makes it. */
import { TransportError } from "../failure.ts";
import { hintOf } from "./failure.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { shownAddress } from "./remote_address.ts";
import { isFile, listFolder } from "./small_requests.ts";

/**
 * One listing of the base.
 *
 * @throws {TransportError} `destination_identity` when it is missing or no folder
 */
export async function requireBase(
  connection: RcloneConnection,
  signal?: AbortSignal,
): Promise<void> {
  const { backend, tool } = connection;
  if (backend.localPath !== null) return await requireFolder(connection, backend.localPath);
  const end = await listFolder(connection, {
    fs: farSpec(connection, ""),
    opt: { dirsOnly: true },
    ...(signal ? { signal } : {}),
  });
  if (end.answer !== null) return;
  if (isFile(end)) throw baseMissing(connection, "it is a file");
  throw tool.failure("there is no way to", end);
}

async function requireFolder(connection: RcloneConnection, path: string): Promise<void> {
  try {
    if (!(await Deno.stat(path)).isDirectory) throw baseMissing(connection, "it is no folder");
    for await (const _ of Deno.readDir(path)) break;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw baseMissing(connection, "there is no such folder");
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      const hint = hintOf("auth", "");
      throw new TransportError("auth", `${shownAddress(connection.address)} cannot be listed`, {
        why: "permission denied",
        ...(hint ? { hint } : {}),
        cause: error,
      });
    }
    throw error;
  }
}

function baseMissing(connection: RcloneConnection, why: string): TransportError {
  const shown = shownAddress(connection.address);
  const hint = hintOf("destination_identity", shown);
  return new TransportError("destination_identity", `${shown} is not there`, {
    why,
    ...(hint ? { hint } : {}),
  });
}
