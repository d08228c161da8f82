/** Whether something has a name on this computer, without reading it. */

/**
 * False only where nothing has the name. What is there and may not be looked at counts as there:
 * whoever reads it says so, and it is never passed over for another.
 */
export async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}
