/** What a failed push means, where rclone's own words are not enough. */
import type { PushRequest } from "../contract.ts";
import { type FailureCode, TransportError } from "../failure.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import type { RcloneEnd } from "./rclone_tool.ts";

const REASON_OF_ONE_FILE: Partial<Record<FailureCode, string>> = {
  name_not_carried: "its name, or its path, is too long for the destination",
  file_too_large: "the file system there takes no file of that size",
};

export async function pushFailure(
  connection: RcloneConnection,
  { request, end, total }: {
    request: PushRequest;
    end: RcloneEnd;
    total: { readonly largestBytes: number } | null;
  },
): Promise<TransportError> {
  const said = end.errors.map((error) => error.text).join("\n");
  const what = "the run could not be sent to";
  if (/error reading source root directory/.test(said)) {
    return connection.tool.failure(what, end, () => "source_vanished");
  }
  const found = connection.tool.failure(what, end);
  const reason = REASON_OF_ONE_FILE[found.code];
  if (reason !== undefined && found.path) {
    return new TransportError(found.code, `${found.path} cannot be stored there`, {
      why: reason,
      ...(found.hint ? { hint: found.hint } : {}),
      path: found.path,
      toolTail: end.toolTail,
    });
  }
  // OpenSSH's sftp server has no word for a full disk: everything is "Failure".
  const mayBeFull = found.code === "unknown" && /SSH_FX_FAILURE/.test(said);
  if (!mayBeFull || total === null) return found;
  const freeBytes = await freeBytesOf(connection, request.signal);
  if (freeBytes === null || freeBytes >= total.largestBytes) return found;
  return connection.tool.failure(what, end, (): FailureCode => "destination_full");
}

/** Null when the backend does not say. */
async function freeBytesOf(
  connection: RcloneConnection,
  signal: AbortSignal,
): Promise<number | null> {
  const end = await connection.run({
    args: ["about", farSpec(connection, ""), "--json"],
    signal,
    lowLevelRetries: 1,
  });
  if (end.exitCode !== 0) return null;
  const about: unknown = JSON.parse(new TextDecoder().decode(end.stdout));
  if (typeof about !== "object" || about === null || !("free" in about)) return null;
  return typeof about.free === "number" ? about.free : null;
}
