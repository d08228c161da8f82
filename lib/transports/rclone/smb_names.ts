/**
 * Names on an SMB share. What SMB cannot write, rclone writes with look-alikes (`：` for `:`) and gives
 * back as it was: such a file is listed and proven, but a person over there sees another name, and
 * `sha256sum -c` does not find it. Control characters do not come back, and a name that was a device
 * of DOS is shown under a short one made up by the server (`CSHOFG~F.TXT`): neither could ever be
 * proven, so neither is sent. https://rclone.org/smb/#restricted-filename-characters
 */
import type { FileList, PushRequest } from "../contract.ts";
import { TransportError } from "../failure.ts";
import type { RcloneConnection } from "./connection.ts";

const LOOK_ALIKE = /["*:<>?|\\]|[ .](?:\/|$)/;
// deno-lint-ignore no-control-regex -- these are what SMB has no way to write
const CONTROL = /[\x01-\x1f]/;
const DEVICE = /(?:^|\/)(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.[^/]*)?(?:\/|$)/i;

/**
 * Refuses what would be lost there, and notes once what is written otherwise.
 *
 * @throws {TransportError} `name_not_carried`
 */
export async function checkSmbNames(
  { backend }: RcloneConnection,
  request: PushRequest,
): Promise<void> {
  if (backend.type !== "smb") return;
  const lookAlikes = await countLookAlikes(request.files);
  for (const dir of request.emptyDirs ?? []) requireSmbName(dir);
  if (lookAlikes.count === 0) return;
  const others = lookAlikes.count === 1 ? "" : ` and ${lookAlikes.count - 1} more`;
  request.onNote?.(
    `names that SMB cannot have are written with look-alikes there: ${lookAlikes.first}${others}; ` +
      "labferry finds them, a check by name over there does not",
  );
}

async function countLookAlikes(files: FileList): Promise<{ count: number; first: string }> {
  const found = { count: 0, first: "" };
  for await (const { path } of files) {
    requireSmbName(path);
    if (LOOK_ALIKE.test(path) && found.count++ === 0) found.first = JSON.stringify(path);
  }
  return found;
}

function requireSmbName(path: string): void {
  const why = CONTROL.test(path)
    ? "an SMB share cannot hold a name with a control character"
    : DEVICE.test(path)
    ? "an SMB share shows a name like CON, NUL or COM1 under another one"
    : null;
  if (why === null) return;
  throw new TransportError("name_not_carried", `${JSON.stringify(path)} cannot be sent`, {
    why,
    hint: "Rename the file, or use a destination that is not reached by SMB.",
    path,
  });
}
