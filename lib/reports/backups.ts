/** Past outlines, whole, as `backups/outline.json.<YYYYMMDDTHHMMSS>_<microseconds>.bak`. */
import { join } from "node:path";
import type { Clock } from "../base/mod.ts";
import { readOrNull, writeFileAtomic } from "../disk/mod.ts";
import type { ReportFolder } from "./report_folder.ts";

export interface Backup {
  readonly name: string;
  /** From its name; UTC. */
  readonly takenAt: Date;
}

const NAME = /^outline\.json\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)_(\d{6})\.bak$/;

/** Oldest first; files with other names are not ours and are left out. */
export async function listBackups(folder: ReportFolder): Promise<Backup[]> {
  const backups: Backup[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder.backupsDir)) {
      const takenAt = isFile ? backupTime(name) : null;
      if (takenAt) backups.push({ name, takenAt });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return backups.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Writes `bytes` as the newest backup, durable, and returns its name. */
export async function writeBackup(
  folder: ReportFolder,
  { bytes, clock }: { readonly bytes: Uint8Array; readonly clock: Clock },
): Promise<string> {
  const newest = (await listBackups(folder)).at(-1)?.name ?? "";
  const name = nextName(newest, clock.now());
  await writeFileAtomic(join(folder.backupsDir, name), bytes, { createOnly: true });
  return name;
}

/** A backup named in an event; null when it is not there or the name is not one. */
export async function readBackup(folder: ReportFolder, name: string): Promise<Uint8Array | null> {
  return NAME.test(name) ? await readOrNull(join(folder.backupsDir, name)) : null;
}

export function backupTime(name: string): Date | null {
  const found = NAME.exec(name);
  if (!found) return null;
  const [, year, month, day, hour, minute, second, micros] = found;
  const milliseconds = micros!.slice(0, 3);
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`);
}

/** Names sort by age also when two changes share a millisecond or the clock was set back. */
function nextName(newest: string, now: Date): string {
  const own = nameAt(now.getTime() * 1000);
  const last = backupTime(newest);
  if (!last || own > newest) return own;
  const micros = Number(newest.slice(-7, -4));
  return nameAt(last.getTime() * 1000 + micros + 1);
}

function nameAt(epochMicros: number): string {
  const iso = new Date(Math.floor(epochMicros / 1000)).toISOString();
  const stamp = iso.slice(0, 19).replace(/[-:]/g, "");
  const micros = iso.slice(20, 23) + String(epochMicros % 1000).padStart(3, "0");
  return `outline.json.${stamp}_${micros}.bak`;
}
