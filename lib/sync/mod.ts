/**
 * sync: takes runs from "complete" to "proven at the destination" and keeps them so. A delivery
 * (`delivery.ts`) takes one run through the job machine (`jobs`): seal, prepare, send, prove, close
 * the books. Every part of it is asked as `(job, work)`: what is sent, and where to, what with.
 *
 * Invariants. The queue commits first, records gate the state, the far `checksums.sha256` is the
 * last write over there. Every step can be done again; a stop at any line loses nothing and charges
 * no attempt. Proven far bytes are moved aside, never overwritten. What could not be checked is not
 * proven.
 *
 * Terms. **Destination**: a transport and the identity its base must have. **Seal**: the fixed list
 * of a run's data files. **Generation**: one seal. **Pass**: one whole comparison.
 * **Books**: queue, records here, records there.
 */
export {
  type AcceptanceOf,
  acceptMissing,
  lostOf,
  mayGiveUp,
  needsAcceptance,
} from "./accept_missing.ts";
export { asidesOf, forgetAsides } from "./ahead_aside.ts";
export { type AheadTarget, isFolderOf, putHeadStart } from "./ahead_folder.ts";
export { type AheadOutcome, sendAhead } from "./ahead_push.ts";
export { HEAD_START_FILE, headStartOf } from "./head_start_file.ts";
export { beside } from "./beside.ts";
export { othersName } from "./group_back.ts";
export { type Breaker } from "./breaker.ts";
export { deliver } from "./delivery.ts";
export { Dispatcher, type DispatcherOptions } from "./dispatcher.ts";
export { busy, type PassedOver, passOver, verifyAgain } from "./later_pass.ts";
export {
  type Gatekeeper,
  type GatekeeperOptions,
  gateStep,
  holdEvent,
  makeGatekeeper,
  openGate,
  verdictOf,
} from "./gatekeeper.ts";
export type { Destination, SyncContext } from "./destination.ts";
export { keepThere, sendRecords } from "./far_records.ts";
export { isGoodSignature, type KeptThere, rememberKeys, signatureOf } from "./signature.ts";
export { failureFrom } from "./failure_message.ts";
export { originFindings } from "./origin.ts";
export { type OriginKind, originKindOf, statedHashes } from "./stated_hashes.ts";
export { connectTo, type FarConnection } from "./far_connection.ts";
export { isSent, sendLaterRecord } from "./far_records.ts";
export type { LentRounds } from "./lent_rounds.ts";
export { HandedOver, type HandedOverOptions } from "./handed_over.ts";
export { isStaged, isTakenOver } from "./taken_over.ts";
export { recordPin } from "./record_pin.ts";
export { keepPauses, pauseScope, resumeScope } from "./kept_pauses.ts";
export { hashLocal, refuseChanged } from "./local_hash.ts";
export { nothingSeen, supersededDir } from "./superseded.ts";
export { type Progress, type ProgressListener, ProgressMeter } from "./progress.ts";
export { walkData } from "./run_data.ts";
export { mayHaveRecord, recordStatusOf, setRecordStatus } from "./record_status.ts";
export type { FarWork, Work } from "./work.ts";
export { MissingFilesError } from "./missing_files.ts";
export { refreshSeal, type SealResult } from "./seal.ts";
export { NO_SOURCES, type Sources } from "./sources.ts";
export { NO_TREES, type Trees } from "./trees.ts";
export { lockProvenRun, lockRun, mayWriteRecords } from "./work_lock.ts";
