/**
 * What stands in the way of a push and would not be saved by rclone's `--backup-dir`, which knows
 * only a file that is listed under the very name of another:
 *
 * - a file where a folder must be, a folder where a file must be. `rclone copy` to WebDAV removes
 *   such a folder with all that is in it (1.60: the failed upload is "cleaned up");
 * - another spelling of a name, where the place takes both for one: rclone finds no `Keep.tif` in
 *   the listing and writes into `keep.tif`.
 *
 * All of it is set aside before the first byte is sent. Looking and sending are two runs of rclone:
 * what somebody puts there in between is only as safe as `--backup-dir` makes it.
 */
import type { FarEntry, NameHabits, PushRequest } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { wayTo } from "../tool/far_path.ts";
import type { Features, RcloneConnection } from "./connection.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { countOf, listFar } from "./list.ts";
import { caseless, foldedPath, isPlain, type OurName, OurNames, ourNames } from "./our_names.ts";
import { cannotSetAside, setAside } from "./set_aside.ts";

/** How `rclone copy` has to go about the names after the look. */
export interface Way {
  /**
   * Some far files are ours in another Unicode form. rclone's listing keeps to the list's spelling
   * and does not see them, and would write into them: each file has to be asked for by itself.
   */
  readonly asksForEach: boolean;
  /** The place cannot set aside: what is there already is left alone. */
  readonly leavesAlone: boolean;
}

/** Names that are set aside in one go. */
const BATCH = 1000;

/**
 * Looks below the far folder once and sets aside what stands in the way.
 *
 * @throws {TransportError} `destination_conflict` where it cannot be set aside
 */
export async function clearTheWay(
  connection: RcloneConnection,
  request: PushRequest,
): Promise<Way> {
  const { farDir, supersedeInto, signal, onSetAside } = request;
  const features = await connection.features();
  const { canSetAside } = features;
  const found = await suspectsOf(connection, { request, canSetAside });
  const clashes = found.suspects.length === 0 ? [] : await clashesOf(found, { request, features });
  for (const { path, kind } of clashes) {
    if (kind === "other") throw specialFile(path);
    if (!canSetAside) throw cannotSetAside(connection, path);
  }
  for (let at = 0; at < clashes.length; at += BATCH) {
    signal.throwIfAborted();
    const names = clashes.slice(at, at + BATCH).map((entry) => entry.path);
    const moved = await setAside(connection, { farDir, names, intoDir: supersedeInto });
    for (const path of moved) onSetAside?.(path);
  }
  return { asksForEach: found.hasOtherForms, leavesAlone: !canSetAside };
}

interface Found {
  readonly suspects: readonly FarEntry[];
  /** Null as long as nobody had to ask. */
  readonly habits: NameHabits | null;
  readonly hasOtherForms: boolean;
}

/** One listing, and what it finds of our own leftovers goes. The place is asked for its habits only when a name of another spelling is there. */
async function suspectsOf(
  connection: RcloneConnection,
  { request, canSetAside }: { request: PushRequest; canSetAside: boolean },
): Promise<Found> {
  const ours = await OurNames.of(request);
  const suspects: FarEntry[] = [];
  let habits: NameHabits | null = null;
  let hasOtherForms = false;
  const leftovers: string[] = [];
  const entries = listFar(connection, request.farDir, {
    times: false,
    expectedFiles: await countOf(request.files),
    onOwnTemporary: (path) => leftovers.push(path),
  });
  for await (const entry of entries) {
    request.signal.throwIfAborted();
    if (ours.holds(entry)) {
      const stays = canSetAside || entry.kind !== "file" ||
        (ours.holdsSize(entry) && !request.resend);
      if (!stays) suspects.push(entry);
      continue;
    }
    if (!ours.resembles(entry.path)) continue;
    if (!isOtherKind(ours, entry)) {
      habits ??= await connection.nameHabits(request.farDir);
      if (isPlain(entry.path) && habits.foldsCase === false) continue;
      if (habits.normalises === true && ours.holdsForm(entry)) {
        hasOtherForms = true;
        continue;
      }
    }
    suspects.push(entry);
  }
  const { farDir, signal, onNote } = request;
  await sweepLeftovers(connection, {
    farDir,
    signal,
    ...(onNote ? { onNote } : {}),
    paths: leftovers,
  });
  return { suspects, habits, hasOtherForms };
}

/** The name is ours, but what stands there is not what we bring. */
function isOtherKind(ours: OurNames, entry: FarEntry): boolean {
  return ours.holds({ ...entry, kind: "file" }) || ours.holds({ ...entry, kind: "folder" });
}

/** The suspects that are really in the way, against the list itself; nothing below another of them. */
async function clashesOf(
  { suspects, habits }: Found,
  { request, features }: { request: PushRequest; features: Features },
): Promise<FarEntry[]> {
  const byFolded = Map.groupBy(suspects, (entry) => foldedPath(entry.path));
  const clashes = new Map<string, FarEntry>();
  for await (const name of ourNames(request)) {
    // An object store has no folders: `a` and `a/b` stand beside each other.
    if (name.kind === "folder" && !features.hasFolders) continue;
    for (const entry of byFolded.get(foldedPath(name.path)) ?? []) {
      const inTheWay = entry.path === name.path
        ? entry.kind !== name.kind || (!features.canSetAside && entry.kind === "file")
        : isOneName({ far: entry.path, ours: name.path }, habits) &&
          !mayStay({ entry, name }, habits);
      if (inTheWay) clashes.set(entry.path, entry);
    }
  }
  return [...clashes.values()].filter(({ path }) =>
    !wayTo(path).slice(0, -1).some((folder) => clashes.has(folder))
  );
}

/** Unknown counts as yes. */
function isOneName(
  { far, ours }: { readonly far: string; readonly ours: string },
  habits: NameHabits | null,
): boolean {
  const sameForm = far.normalize("NFC") === ours.normalize("NFC");
  if (sameForm) return habits?.normalises !== false;
  if (caseless(far) === caseless(ours)) return habits?.foldsCase !== false;
  return habits?.foldsCase !== false && habits?.normalises !== false;
}

/**
 * A folder of another spelling is the same folder: what is in it is looked at by itself. A file
 * whose name was only composed otherwise by the place is the same file.
 */
function mayStay(
  { entry, name }: { readonly entry: FarEntry; readonly name: OurName },
  habits: NameHabits | null,
): boolean {
  if (entry.kind !== name.kind) return false;
  if (entry.kind === "folder") return true;
  return habits?.normalises === true &&
    entry.path.normalize("NFC") === name.path.normalize("NFC");
}

function specialFile(path: string): TransportError {
  return new TransportError("destination_conflict", `${path} cannot be written`, {
    why: "a link or a special file stands in its way at the destination",
    hint: "Remove it there; labferry never writes through one.",
    path,
  });
}

/**
 * Reports what `--backup-dir` moved: what lies in the far folder for it and was not reported before.
 */
export async function reportMoved(
  connection: RcloneConnection,
  { supersedeInto, onSetAside, reported }: {
    supersedeInto: string;
    onSetAside: (path: string) => void;
    reported: ReadonlySet<string>;
  },
): Promise<void> {
  for await (const { path, kind } of listFar(connection, supersedeInto, { times: false })) {
    if (kind === "folder" || wayTo(path).some((step) => reported.has(step))) continue;
    onSetAside(path);
  }
}
