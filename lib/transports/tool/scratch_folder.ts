/** A folder for one piece of work, below the session's own (0700), that goes with its scope. */

export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

export async function scratchFolder(
  scratchDir: string,
  { prefix }: { readonly prefix: string },
): Promise<ScratchFolder> {
  const path = await Deno.makeTempDir({ dir: scratchDir, prefix });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}
