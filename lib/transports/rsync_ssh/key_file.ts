/** The private key that was named. ssh goes on without one it cannot read, and is then refused. */
import { statOrNull } from "../../disk/mod.ts";
import { TransportError } from "../failure.ts";
import type { SshDestination } from "./destination.ts";

/** @throws TransportError `auth` when there is no file at `keyPath` */
export async function refuseMissingKey({ keyPath, address }: SshDestination): Promise<void> {
  if (keyPath === null) return;
  try {
    if ((await statOrNull(keyPath))?.isFile) return;
  } catch (error) {
    // What this account may not look at, ssh itself speaks of.
    if (error instanceof Deno.errors.PermissionDenied) return;
    throw error;
  }
  throw new TransportError("auth", `${address} cannot be asked without its key`, {
    why: `there is no private key at ${keyPath}`,
    hint: "correct --ssh-key (or ssh_key_path); `ssh-keygen -t ed25519` makes a key",
    path: keyPath,
  });
}
