/** The audit cache kept over a restart: one file of JSON lines in the state directory. */
import { encodeUtf8 } from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import { AuditCache } from "./audit_cache.ts";

/** Larger files are not ours, or not worth reading. */
const MAX_CACHE_BYTES = 512 * 1024 * 1024;

/**
 * The cache in `path`; an empty one where there is none, or where it cannot be used. It only saves
 * time, so nothing about it may stop an audit.
 */
export async function loadAuditCache(path: string): Promise<AuditCache> {
  try {
    const { size, isFile } = await Deno.lstat(path);
    if (!isFile || size > MAX_CACHE_BYTES) return new AuditCache();
    return AuditCache.fromLines((await Deno.readTextFile(path)).split("\n"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new AuditCache();
    if (error instanceof Deno.errors.PermissionDenied) return new AuditCache();
    throw error;
  }
}

/** Writes the cache, whole or not at all. @throws {LabferryError} as `writeFileAtomic` */
export async function saveAuditCache(path: string, cache: AuditCache): Promise<void> {
  const text = [...cache.toLines()].join("\n");
  await writeFileAtomic(path, encodeUtf8(`${text}\n`), { mode: 0o600 });
  cache.changed = false;
}
