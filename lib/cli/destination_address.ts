/** Reads `--to`: a folder, `user@host:/path`, or an rclone remote. */
import { isAbsolute, resolve } from "node:path";
import { homedir } from "node:os";
import { LabferryError } from "../base/mod.ts";
import type { TransportChoice } from "../daemon/mod.ts";

export interface SshFlags {
  readonly sshKey: string | null;
  readonly sshPort: number;
}

/**
 * A colon before the first slash makes it a far place: with `@` an ssh account, else an rclone
 * remote. A single letter before the colon is a Windows drive. `./a:b` is always a folder.
 */
export function parseDestination(text: string, { sshKey, sshPort }: SshFlags): TransportChoice {
  if (text.trim() === "") throw refused(text, "it is empty");
  if (text.startsWith("-")) {
    throw refused(text, "it begins like an option; write ./ before a folder of that name");
  }
  const far = /^([^/\\:]*@[^/\\:]+|[^/\\:]*@\[[0-9a-fA-F:]+\]):(.*)$/s.exec(text);
  if (far) {
    const [, target = "", path = ""] = far;
    if (!path.startsWith("/")) throw refused(text, "the path after the colon must begin with /");
    return {
      type: "rsync_ssh",
      target,
      keyPath: sshKey === null ? null : expandHome(sshKey),
      port: sshPort,
      remotePath: path,
    };
  }
  if (/^[^/\\]*@[^/\\]*:/.test(text)) {
    throw refused(text, "the account before the colon cannot be one");
  }
  const isDrive = /^[A-Za-z]:([\\/]|$)/.test(text);
  if (!isDrive && (/^[^/\\:]+:/.test(text) || text.startsWith(":"))) {
    if (text.startsWith(":")) return { type: "rclone", remote: text, remotePath: "" };
    const colon = text.indexOf(":");
    return { type: "rclone", remote: text.slice(0, colon), remotePath: text.slice(colon + 1) };
  }
  return { type: "mount", path: isAbsolute(text) ? text : resolve(text) };
}

function expandHome(path: string): string {
  return path.startsWith("~/") ? resolve(homedir(), path.slice(2)) : resolve(path);
}

function refused(text: string, why: string): LabferryError {
  return new LabferryError("usage", `${JSON.stringify(text)} is no destination`, {
    why,
    hint: "give a folder, user@host:/path, or an rclone remote:path",
  });
}
