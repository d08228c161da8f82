/**
 * Linux gives each account a number of folders that may be watched. Where it does not suffice new runs
 * are still found, by looking every `scan_seconds`: later, and at a price.
 */
import { equipmentFolder } from "../equipment_folder.ts";
import { isShared } from "../../process/mod.ts";
import { ok, type Said, warning } from "../line.ts";
import { type Check, configIn, type Patient } from "../patient.ts";
import { procText } from "../proc_text.ts";

interface Facts {
  /** Null where the system has no such limit. */
  readonly mostFolders: number | null;
  readonly folders: number;
  /** False: there are more, and counting them took too long. */
  readonly countedAll: boolean;
}

/** Of one user namespace, and of one account. */
const LIMITS = ["/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches"];
const COUNTING_MS = 5_000;
/** Others watch too: an editor, a desktop, a sync client. */
const OUR_SHARE = 0.8;

export const FILE_EVENTS: Check<Facts> = {
  name: "file events",
  subjects: (patient) => [{ about: null, gather: (signal) => gather(patient, signal) }],
  judge: (facts) => [judge(facts)],
};

async function gather(patient: Patient, signal: AbortSignal): Promise<Facts> {
  if (Deno.build.os !== "linux") return { mostFolders: null, folders: 0, countedAll: true };
  const limits = await Promise.all(LIMITS.map((path) => numberIn(path, signal)));
  const known = limits.filter((limit) => limit !== null);
  const counting = AbortSignal.any([signal, AbortSignal.timeout(COUNTING_MS)]);
  let folders = 0;
  let countedAll = true;
  for (const folder of watched(patient)) {
    try {
      folders += await foldersBelow(folder, { patient, signal: counting });
    } catch (error) {
      signal.throwIfAborted();
      if (!counting.aborted) throw error;
      countedAll = false;
    }
  }
  return { mostFolders: known.length > 0 ? Math.min(...known) : null, folders, countedAll };
}

/** Shares are not watched. */
function watched(patient: Patient): string[] {
  const equipment = configIn(patient)?.equipment ?? [];
  const folders = equipment.flatMap((one) => [equipmentFolder(one), ...(one.intake?.watch ?? [])]);
  return [...new Set(folders)].filter((folder) => !isShared(folder));
}

async function foldersBelow(
  root: string,
  { patient: { pool }, signal }: { readonly patient: Patient; readonly signal: AbortSignal },
): Promise<number> {
  if (await pool.far({ kind: "look", root, folder: root }, { signal }) === null) return 0;
  let folders = 1;
  for await (const batch of pool.walkTree(root, { signal })) {
    folders += batch.filter(({ kind }) => kind === "directory").length;
  }
  return folders;
}

async function numberIn(path: string, signal: AbortSignal): Promise<number | null> {
  const value = Number.parseInt(await procText(path, signal) ?? "", 10);
  return Number.isNaN(value) ? null : value;
}

function judge({ mostFolders, folders, countedAll }: Facts): Said {
  if (mostFolders === null) return ok("this system sets no limit to watched folders");
  const counted = `${
    countedAll ? "" : "more than "
  }${folders} folders to watch, ${mostFolders} allowed`;
  if (folders <= mostFolders * OUR_SHARE) return ok(counted);
  const wanted = Math.max(524_288, folders * 2);
  return warning({
    code: "watches_few",
    message: `${counted}: new runs are found by looking every sync.scan_seconds alone`,
    hint: `sysctl fs.inotify.max_user_watches=${wanted}, and the same in /etc/sysctl.d`,
  });
}
