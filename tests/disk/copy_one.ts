/** `DiskPool.copyFiles` for one file. */
import type { CopiedFile, CopyItem, CopyOptions, DiskPool } from "../../lib/disk/mod.ts";

/** @throws LabferryError with which that file failed */
export async function copyOne(
  pool: DiskPool,
  options: CopyOptions & CopyItem,
): Promise<CopiedFile> {
  const [outcome] = await Array.fromAsync(pool.copyFiles([options], options));
  if (outcome!.ok) return outcome!.value;
  throw outcome!.error;
}
