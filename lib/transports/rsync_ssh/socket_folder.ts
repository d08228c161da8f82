/**
 * A folder for ssh's control socket: short, ours alone, and on a file system that is there. `/tmp`
 * is read-only, full or missing on small and on hardened machines.
 */
import { join } from "node:path";

/** `sun_path` holds 104 bytes with its end on macOS and the BSDs, 108 on Linux. */
const MAX_SOCKET_PATH_BYTES = 103;
/** ssh binds under a temporary name first: a dot and 16 letters more. */
const BINDING_BYTES = 17;

/** Where such a folder may be, best first. */
function candidates(scratchDir: string): string[] {
  const { XDG_RUNTIME_DIR, TMPDIR, HOME } = Deno.env.toObject();
  const all = ["/tmp", XDG_RUNTIME_DIR, TMPDIR, "/var/tmp", scratchDir, HOME];
  return [...new Set(all.filter((path) => path !== undefined && path.startsWith("/")))] as string[];
}

/** Makes a folder (0700) in one place after the other; the caller removes what it was given. */
export async function* socketFolders(scratchDir: string): AsyncGenerator<string> {
  for (const parent of candidates(scratchDir)) {
    const folder = await makeFolder(parent);
    if (folder === null) continue;
    if (fits(folder)) yield folder;
    else await Deno.remove(folder);
  }
}

export function socketIn(folder: string): string {
  return join(folder, "s");
}

function fits(folder: string): boolean {
  const bytes = new TextEncoder().encode(socketIn(folder)).length;
  return bytes + BINDING_BYTES <= MAX_SOCKET_PATH_BYTES;
}

async function makeFolder(parent: string): Promise<string | null> {
  try {
    return await Deno.makeTempDir({ dir: parent, prefix: "lf-" });
  } catch (error) {
    // Missing, read-only, full, closed to us: the next one may do. A misuse is no system's error.
    if (error instanceof TypeError || !(error instanceof Error)) throw error;
    return null;
  }
}
