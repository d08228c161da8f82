/** `verify.max_stream_bytes`: what is too large to be read back over the wire. */
import { formatBytes } from "../../base/mod.ts";
import type { FarHashRequest } from "../contract.ts";
import { TransportError } from "../failure.ts";

/**
 * `instead` is what else would prove such a file: "give the far account a shell".
 *
 * @throws {TransportError} `verify_oversize`
 */
export async function refuseOversize(
  { files, maxStreamBytes }: FarHashRequest,
  { instead }: { readonly instead: string },
): Promise<void> {
  if (maxStreamBytes === 0) return;
  for await (const { path, sizeBytes } of files) {
    if (sizeBytes <= maxStreamBytes) continue;
    throw new TransportError("verify_oversize", `${path} is too large to be read back`, {
      why: `it has ${formatBytes(sizeBytes)}; verify.max_stream_bytes allows ${
        formatBytes(maxStreamBytes)
      }`,
      hint: `Raise verify.max_stream_bytes (0 is no limit), or ${instead}.`,
      path,
    });
  }
}
