/** What is wrong with one run, or with what was asked of it. */
import { alike, FAILED, GATE_REFUSED } from "./facts.ts";

const WRITTEN_TO_MEANWHILE = {
  means: "The run was written to while it was read.",
  advice: "Let the instrument finish: the run is looked at again by itself.",
} as const;

const NAME_NOT_STORABLE = {
  means: "The name cannot be stored there as it is, is too long, or would lead out of the run.",
  advice: "Rename the file the error names, then retry.",
} as const;

const MOVED_MEANWHILE = {
  means: "Somebody moved the run while it was worked on.",
  advice: "Nothing: the work begins again.",
} as const;

const NOT_POSSIBLE_NOW = {
  means: "The run is not where the command could be done, or was cancelled.",
  advice: "`labferry status RUN` says where it is.",
} as const;

export const RUN_CODES = {
  source_vanished: {
    ...FAILED,
    job: "terminal",
    means:
      "Files were lost here before they were safe over there, or are gone here and over there missing or different.",
    advice:
      "Put the files back, then retry. If they may be lost for good, go on without them, under your name: `labferry retry RUN --accept-missing --operator NAME --reason TEXT`, or the page's form.",
  },
  root_missing: {
    ...FAILED,
    job: "again",
    means:
      "The folder with all runs (`local_root`) is not there: its disk is off. Nothing is judged lost for it.",
    advice: "Plug the disk in or mount it: runs go on by themselves.",
  },
  ...alike(["source_changed", "seal_overtaken"], {
    ...FAILED,
    job: "again",
    ...WRITTEN_TO_MEANWHILE,
  }),
  seal_changed: { ...FAILED, ...WRITTEN_TO_MEANWHILE },
  changed_after_seal: {
    ...FAILED,
    means:
      "`verify` found that the run has changed here since it was safe; the far copy was not compared.",
    advice: "Nothing: it goes again by itself. Verify it when it is safe.",
  },
  mass_change: {
    ...FAILED,
    job: "terminal",
    means:
      "Many files of a run that is safe were changed or removed here at once, as a program that encrypts files does. Nothing of it was sent; the far copy is as it was proven.",
    advice:
      "Look at the files first. If the change is meant, send it: `labferry enqueue RUN`. If not, disconnect the PC and bring the run back from the far copy: `labferry restore RUN`.",
  },
  source_busy: {
    ...FAILED,
    job: "again",
    means: "A program has the file open and lets nobody read it.",
    advice: "Close the program; it is tried again by itself.",
  },
  source_unreadable: {
    ...FAILED,
    job: "terminal",
    means: "The account of labferry may not read a file, or its disk gives errors.",
    advice: "Give labferry's account the right to read it, or have the disk looked at; then retry.",
  },
  local_copy_damaged: {
    ...FAILED,
    job: "terminal",
    means:
      "A file here has other bytes under an unchanged time: the disk rots, or something hides its traces. It was not sent over the good copy.",
    advice: "Compare it with the far file and decide which copy is right.",
  },
  kept_local_copy: {
    ...FAILED,
    http: 409,
    means: "One of the interlocks of deletion does not hold, so the local copy stays.",
    advice: "`labferry why RUN` says which, and what would have to be.",
  },
  deletion_stopped: {
    ...FAILED,
    job: "terminal",
    means:
      "Deleting the local copy of a proven run stopped: a file is not what it was when it was read for the last time, or the disk refused. What was not deleted is untouched.",
    advice: "Look at the file that is named; the deletion goes on by itself within an hour.",
  },
  far_copy_damaged: {
    ...FAILED,
    job: "terminal",
    means: "A later pass found other bytes over there. The local copy is kept.",
    advice:
      "Keep the copy on this PC and have the destination's disks looked at. A retry sends what differs; the damaged bytes are moved to `.labferry-superseded/`.",
  },
  hash_mismatch: {
    ...FAILED,
    job: "terminal",
    means:
      "After a second try the copy still differs: network, memory or a disk changes bytes. Nothing was called safe.",
    advice: "Have memory, disk and network looked at before you retry.",
  },
  destination_conflict: {
    ...FAILED,
    job: "terminal",
    means:
      "In the run's place over there lies something that labferry did not put there. Nothing was written.",
    advice: "Move the other data over there away, or give this folder another name; then retry.",
  },
  link_refused: {
    ...FAILED,
    means: "A link stands where a file or folder should be: following it could lead anywhere.",
    advice: "Replace it by what it points to.",
  },
  ...alike(["already_exists", "other_device", "not_a_file", "not_a_folder", "file_in_use"], {
    ...FAILED,
    means:
      "Something of another kind stands under the name, or a folder inside is a mount of its own.",
    advice: "Move it away; the error names it.",
  }),
  name_not_carried: { ...FAILED, job: "terminal", ...NAME_NOT_STORABLE },
  ...alike(["name_refused", "name_too_long", "outside_root", "path_outside"], {
    ...FAILED,
    ...NAME_NOT_STORABLE,
  }),
  invalid_utf8_name: {
    ...FAILED,
    job: "terminal",
    means: "A name is no valid UTF-8, so no manifest could say it.",
    advice: "Rename the file, then retry.",
  },
  file_too_large: {
    ...FAILED,
    job: "terminal",
    means: "That file system takes no file of the size (FAT32: 4 GiB).",
    advice: "Use another destination, or write smaller files. Other runs go on.",
  },
  verify_oversize: {
    ...FAILED,
    job: "terminal",
    means:
      "A file is larger than `verify.max_stream_bytes`, and only downloading it would prove it.",
    advice: "Raise the limit, or use a transport that hashes over there; then retry.",
  },
  nothing_to_seal: {
    ...FAILED,
    job: "terminal",
    means: "The folder has no data files; folders alone are not sent.",
    advice: "Put its files there, then retry.",
  },
  ...alike(["unknown", "not_verified"], {
    ...FAILED,
    means: "Something nobody foresaw. It is tried five times, later and later.",
    advice: "See the run's history and `app.log`, mend the cause, then retry.",
  }),
  nothing_to_accept: {
    ...FAILED,
    http: 409,
    means:
      "`--accept-missing` for a run that did not fail for lost files, of which all is lost, or of which others are lost than were shown.",
    advice:
      "See `labferry history RUN`. After `hash_mismatch` or `far_copy_damaged`, `labferry retry RUN` finds out whether files are lost on both sides.",
  },
  ...alike(["pass_overtaken", "pass_closed"], { ...FAILED, job: "again", ...MOVED_MEANWHILE }),
  pass_incomplete: { ...FAILED, ...MOVED_MEANWHILE },
  job_moved: { ...FAILED, http: 409, ...MOVED_MEANWHILE },
  run_busy: {
    ...FAILED,
    http: 409,
    means: "Another labferry works on the run just now.",
    advice: "Wait for it, then again.",
  },
  wrong_state: { ...FAILED, http: 409, ...NOT_POSSIBLE_NOW },
  cancelled: { ...FAILED, ...NOT_POSSIBLE_NOW },
  gate_blocked: {
    ...GATE_REFUSED,
    means: "Names or contents would make the data unusable later.",
    advice: "`labferry audit` names them. Rename, or `labferry override add`.",
  },
  ...alike(["unsafe_project_name", "mode_prefix_mismatch"], {
    ...GATE_REFUSED,
    means: "The project's or the run's name cannot be a folder of the layout.",
    advice: "Choose another; the hint says what is allowed.",
  }),
  ...alike(["unreadable", "vanished"], {
    ...FAILED,
    means: "The audit could not read a place, or it went while it looked.",
    advice: "Look at the place; the next audit asks again.",
  }),
} as const;
