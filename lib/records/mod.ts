/**
 * records: the small files beside the data that say what a run is and what happened to it, for
 * every room that makes, judges, moves or shows runs. ExLab-Wizard reads and writes the same files.
 *
 * Invariants. A record is changed only under the exclusive flock lock on `<record>.lock`, and
 * replaced whole. What a change does not concern keeps every byte: unknown fields, key order, number
 * text, white space. Reading never writes. A file that cannot be understood is left as it is, and
 * the error names file, place and reason. A newer minor version is never relabelled as older.
 *
 * Terms. *View*: a record as a value, with the history's defaults filled in and without unknown
 * fields. *Snapshot*: bytes read under the shared lock. *Override*: a named person's decision to let
 * a finding pass; *tombstone*: the entry that revokes one. *Marker*: `runs.json` or
 * `test_runs.json`. *Layout path*: a run's path below its equipment. *Litter*: what operating
 * systems and NAS boxes leave beside the data.
 */
export { type Checksum, formatChecksum, parseChecksum } from "./checksums.ts";
export {
  parseChecksums,
  readChecksums,
  writeChecksums,
  type WrittenChecksums,
} from "./checksums_file.ts";
export {
  type Certificate,
  certificateBytes,
  type CertificateDraft,
  isInterrupted,
  type Outcome,
  outcomeBytes,
  type OutcomeDraft,
  parseCertificate,
  parseOutcome,
} from "./cleanup.ts";
export {
  dataFolderOf,
  type FileGroup,
  type FileGrouping,
  type FileRun,
  folderNamer,
  groupFolders,
  groupMembers,
  groupNamer,
  readFileRun,
  writeFileRun,
} from "./file_run.ts";
export {
  createCreation,
  mutateCreation,
  readCreation,
  setOwnFields,
  withSyncStatus,
} from "./creation.ts";
export {
  type Creation,
  type CreationDraft,
  SYNC_STATUSES,
  type SyncStatus,
} from "./creation_schema.ts";
export {
  type Equipment,
  type EquipmentOutcome,
  type EquipmentSettings,
  readEquipment,
  recordEquipment,
  withEarliestFirstSeen,
} from "./equipment.ts";
export {
  advanceIngest,
  createIngest,
  type Ingest,
  type IngestDraft,
  type IngestStep,
  parseIngest,
  readIngest,
} from "./ingest.ts";
export { INGEST_STATES, ingestFault, type IngestState, nextIngestState } from "./ingest_states.ts";
export {
  type CheckedRecord,
  checkRecord,
  type RecordNote,
  type RecordProblem,
  setRecord,
  type ShownRecord,
  showRecord,
} from "./inspect.ts";
export {
  addressOfLayout,
  equipmentDir,
  equipmentIdFault,
  findRunAddress,
  isNeverSynced,
  isRecordPath,
  KIND_NAMES,
  kindOfFolder,
  kindOfLeaf,
  type LayoutNames,
  layoutNamesOf,
  layoutPathOf,
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
  RESTORE_DIR,
  RESTORE_STAGE,
  RUN_KINDS,
  type RunAddress,
  runAddressOf,
  runDir,
  type RunKind,
} from "./layout.ts";
export { leafNames } from "./leaf.ts";
export { isLitter, LITTER } from "./litter.ts";
export { type LimsProject, projectTag, unknownLimsProject } from "./lims_project.ts";
export { type Marker, markerName, readMarker, writeMarker } from "./markers.ts";
export {
  newOverride,
  newRevocation,
  type OverrideDraft,
  type RevocationDraft,
} from "./override_entries.ts";
export {
  type ActiveOverride,
  type IgnoredEntry,
  type OverrideEntry,
  overridesAt,
  type OverrideState,
} from "./overrides.ts";
export { type OwnFields, type OwnFieldsDraft, recordedLayout } from "./own_fields.ts";
export { checkProjectName, projectNameFault } from "./project_name.ts";
export { type LockWait, parseRecord, snapshotRecord } from "./record_file.ts";
export { type RecordKind, viewRecord } from "./record_kind.ts";
export {
  formatLogLine,
  type LogEvent,
  logToRun,
  MAX_LOG_LINE_BYTES,
  runLogName,
} from "./run_log.ts";
export { type ClaimMark, claimText, parseClaim, type ServiceClaim } from "./service_claim.ts";
export { isOnTheNas, stagedStatus } from "./staged_status.ts";
export { tidyRecords } from "./tidy.ts";
export {
  parseTransfer,
  type RunOrigin,
  runOwner,
  type Transfer,
  transferBytes,
} from "./transfer.ts";
