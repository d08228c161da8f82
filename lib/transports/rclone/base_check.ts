/** Is the base there, and can it be listed? Nothing here makes it. */
import { TransportError } from "../failure.ts";
import { hintOf } from "./failure.ts";
import { type Connection, farSpec } from "./connection.ts";
import { shownAddress } from "./remote_address.ts";

/**
 * One listing of the base.
 *
 * @throws {TransportError} `destination_identity` when it is missing or no folder
 */
export async function requireBase(connection: Connection, signal?: AbortSignal): Promise<void> {
  const { backend, tool } = connection;
  if (backend.localPath !== null) return await requireFolder(connection, backend.localPath);
  const end = await connection.run({
    args: ["lsf", farSpec(connection, ""), "--max-depth=1"],
    lowLevelRetries: 1,
    ...(signal ? { signal } : {}),
  });
  if (end.exitCode !== 0) throw tool.failure("there is no way to", end);
  if (mayBeAFile(connection, end.stdout) && !(await isFolder(connection, signal))) {
    throw baseMissing(connection, "it is a file");
  }
}

async function requireFolder(connection: Connection, path: string): Promise<void> {
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

/** Given a file, rclone lists that one file, as if it lay in a folder of its own. */
function mayBeAFile({ address }: Connection, stdout: Uint8Array): boolean {
  const name = address.path.split("/").at(-1);
  return stdout.length < 4096 && new TextDecoder().decode(stdout) === `${name}\n`;
}

async function isFolder(connection: Connection, signal?: AbortSignal): Promise<boolean> {
  const end = await connection.run({
    args: ["lsjson", "--stat", farSpec(connection, "")],
    lowLevelRetries: 1,
    ...(signal ? { signal } : {}),
  });
  if (end.exitCode !== 0) throw connection.tool.failure("there is no way to", end);
  const item: unknown = JSON.parse(new TextDecoder().decode(end.stdout));
  return typeof item === "object" && item !== null && "IsDir" in item && item.IsDir === true;
}

function baseMissing(connection: Connection, why: string): TransportError {
  const shown = shownAddress(connection.address);
  const hint = hintOf("destination_identity", shown);
  return new TransportError("destination_identity", `${shown} is not there`, {
    why,
    ...(hint ? { hint } : {}),
  });
}
