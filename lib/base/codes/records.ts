/** What is wrong with the records beside the data. */
import { alike, FAILED, LOCK_HELD } from "./facts.ts";

export const RECORD_CODES = {
  ...alike(["record_missing", "folder_missing"], {
    ...FAILED,
    means: "There is no such record, or no folder for it.",
    advice: "`labferry run adopt` makes records for a folder that has none.",
  }),
  ...alike([
    "record_unreadable",
    "malformed_record",
    "malformed_json",
    "duplicate_key",
    "malformed_manifest",
  ], {
    ...FAILED,
    means:
      "The file is not what it should be: torn, edited by hand, or another program's. It was not overwritten.",
    advice: "`labferry record check FILE` says where. Mend it or put a copy back.",
  }),
  schema_major_mismatch: {
    ...FAILED,
    job: "terminal",
    means: "A newer program wrote it, in a way this one does not know.",
    advice: "Update labferry.",
  },
  change_refused: {
    ...FAILED,
    means: "That field may not change once it is written.",
    advice: "Leave it: it says what was true then.",
  },
  override_refused: {
    ...FAILED,
    means: "The override is not complete, or names no rule that holds runs back.",
    advice: "See `labferry override add --help`.",
  },
  ...alike(["ingest_out_of_step", "ingest_step_refused"], {
    ...FAILED,
    means: "`ingest.json` disagrees with its own history, or would jump over a state.",
    advice: "Look who edited it; the history is right.",
  }),
  no_locks: {
    ...FAILED,
    job: "terminal",
    means:
      "The folder is on a share without file locks, and two programs would undo each other's changes.",
    advice: "Put the folder on a local disk, or mount it with locks; then retry.",
  },
  lock_timeout: {
    ...LOCK_HELD,
    means: "Another program held the record too long.",
    advice: "Try again; look for a program that hangs.",
  },
} as const;
