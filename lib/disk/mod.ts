/**
 * disk: the only room that knows fsync, flock and rename. Records and state files are locked,
 * replaced and appended to through it; runs are walked, hashed and copied through its threads.
 *
 * Invariants. A lock dies with its holder and excludes other programs' flock locks. A replaced file
 * holds the old bytes or the new ones at every instant. No link is followed. Whatever may block for
 * long (a hung network share) blocks a thread, never the program, and can be given up; small files are
 * touched at once, on a share only after it has answered (`askSharesFirst`). Times are
 * milliseconds (mtime) and seconds (ctime), because the runtime gives no finer ones.
 *
 * Terms. *Lock file*: a sidecar that is locked instead of the file that gets replaced. *Part*: the
 * temporary file of a copy, `.lf-<random>.part`. *Temp*: the temporary file of an atomic write,
 * `.lf-<random>.tmp`. *Aside*: where what stands in the way of a copy is moved. *Outcome*: what became of one file of many. *Guard*: a mounted
 * base and the device it must be on.
 *
 * On Windows a folder cannot be flushed (NTFS journals names itself), a rename onto a file in use is
 * tried again for some two seconds, and permission bits are left alone.
 */
export { eachEntryOf, entriesOf } from "./folder_entries.ts";
export { appendLine, type AppendOptions } from "./append_line.ts";
export { type AtomicWriteOptions, writeFileAtomic } from "./atomic_write.ts";
export { type DiskCode, diskError, diskFailure, errnoOf } from "./disk_failure.ts";
export {
  type CopyOptions,
  DiskPool,
  type DiskPoolOptions,
  type FileOutcome,
  type FoldersOptions,
  type HashItem,
  type HashOptions,
  type NameOptions,
} from "./disk_pool.ts";
export { type FileStat, fileStatOf, fileStatSoon, mtimeMsOf } from "./file_identity.ts";
export {
  FileLock,
  lockFile,
  type LockMode,
  type LockOptions,
  tryLockFile,
  tryLockSoon,
} from "./file_lock.ts";
export type {
  AsideFolder,
  CopiedFile,
  CopyItem,
  DestinationNote,
  ExpectedStat,
  FarResults,
  FarWork,
  FileHash,
  LockTrial,
  MountGuard,
  NameItem,
  WalkOptions,
} from "./messages.ts";
export { inBatches, inOrder } from "./in_order.ts";
export { Pace } from "./pace.ts";
export { refuseUnlessPlain, refuseUnlessPlainBy } from "./plain_file.ts";
export {
  isThere,
  lstatOrNull,
  lstatOrNullSync,
  readOrNull,
  realPathOrNull,
  realSpelling,
  removeIfThere,
  statOrNull,
} from "./presence.ts";
export { removeIfEmpty, removeUnchanged } from "./remove_known.ts";
export { type SweepOptions, sweepTemps, type Swept } from "./stale_temps.ts";
export { moveFolder } from "./move_folder.ts";
export { ShareThreads } from "./share_threads.ts";
export {
  askSharesFirst,
  callsFor,
  isSilence,
  type ShareWait,
  unlessSilent,
} from "./small_calls.ts";
export { syncDirectory, syncDirectorySync } from "./sync_directory.ts";
export { isOwnTempName, isPartName, RCLONE_PART_SUFFIX } from "./temp_names.ts";
export { splitTornTail, type TornTail } from "./torn_tail.ts";
export { MAX_DEPTH } from "./walk_entry.ts";
export type {
  WalkedEntry,
  WalkedKind,
  WalkEntry,
  WalkProblem,
  WalkProblemCode,
} from "./walk_entry.ts";
export { walkNames } from "./walk_names.ts";
export type { FolderChanges } from "./watch_messages.ts";
export type { FolderWatch, FolderWatchOptions } from "./watch_thread.ts";
