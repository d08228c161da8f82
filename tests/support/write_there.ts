/** For which a handle may have been closed under the writer. */
const TRIES = 20;

/**
 * Writes a file as somebody else would have, also through a mount of rclone's (`rclone_mount.ts`). Each child
 * that any test of this process starts in the midst has a copy of the handle for an instant, and closes it as
 * it becomes a program; rclone takes that for the writer's own end ("Bad file descriptor").
 */
export async function writeThere(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let tried = 1;; tried++) {
    try {
      return await Deno.writeFile(path, bytes);
    } catch (error) {
      if (!isClosed(error) || tried === TRIES) throw error;
    }
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EBADF";
}
