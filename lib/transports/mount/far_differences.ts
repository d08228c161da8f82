/** Which files of a list the far folder does not hold yet, by size and time. */
import { compareUtf8 } from "../../base/mod.ts";
import type { SilenceWatch } from "../bounded.ts";
import type { FileList, FileToSend } from "../contract.ts";
import type { MountConnection } from "./connection.ts";

export interface FarFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** The regular files below a far folder, in the byte order of their paths. */
export async function* farFiles(
  connection: MountConnection,
  folder: string,
  options: { readonly signal: AbortSignal; readonly watch: SilenceWatch },
): AsyncGenerator<FarFile> {
  for await (const batch of connection.pool.walkTree(folder, { signal: options.signal })) {
    options.watch.heard();
    for (const entry of batch) if (entry.kind === "file") yield entry;
  }
}

/**
 * Walks the list and what is there side by side and yields what must be sent. Equal size and time
 * are no proof, only a reason not to send twice: the pass that follows hashes every file.
 */
export async function* missingOrDifferent(
  files: FileList,
  { far, onEqual }: {
    readonly far: AsyncGenerator<FarFile> | null;
    readonly onEqual: (file: FileToSend) => void;
  },
): AsyncGenerator<FileToSend> {
  let there = far ? await nextOf(far) : null;
  try {
    for await (const file of files) {
      while (there && compareUtf8(there.path, file.path) < 0) there = await nextOf(far!);
      if (there?.path === file.path && looksEqual(there, file)) onEqual(file);
      else yield file;
    }
  } finally {
    await far?.return(undefined);
  }
}

async function nextOf(far: AsyncGenerator<FarFile>): Promise<FarFile | null> {
  const { done, value } = await far.next();
  return done ? null : value;
}

/** Some file systems keep only whole seconds (or two: FAT), which shows in what they give back. */
function looksEqual(far: FarFile, file: FileToSend): boolean {
  if (far.sizeBytes !== file.sizeBytes) return false;
  if (far.mtimeMs === file.mtimeMs) return true;
  return far.mtimeMs % 1000 === 0 && Math.abs(far.mtimeMs - file.mtimeMs) < 2000;
}
