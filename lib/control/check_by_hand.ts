/** How anybody checks the copy with nothing of ours: a command to paste, where the place has a path. */
import type { JobView } from "./views.ts";

const CHECK = "sha256sum -c .exlab-wizard/checksums.sha256";

/** By the shape of the address, as `ship` reads it. */
export function checkByHand(
  { destination, far_path }: Pick<JobView, "destination" | "far_path">,
): string {
  const ssh = /^([^/\\:]*@[^/\\:]+|[^/\\:]*@\[[0-9a-fA-F:]+\]):(\/.*)$/s.exec(destination);
  if (ssh) return `on ${ssh[1]}: cd ${quoted(`${ssh[2]}/${far_path}`)} && ${CHECK}`;
  const isDrive = /^[A-Za-z]:([\\/]|$)/.test(destination);
  if (!isDrive && /^[^/\\]*:/.test(destination)) {
    return `in a mount or a copy of ${pasteable(`${destination}/${far_path}`)}: ${CHECK}`;
  }
  return `cd ${quoted(`${destination}/${far_path}`)} && ${CHECK}`;
}

/** For a POSIX shell. A name with control characters is only shown: it is not to be pasted. */
function quoted(path: string): string {
  const shown = pasteable(path);
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}

function pasteable(text: string): string {
  return text.replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");
}
