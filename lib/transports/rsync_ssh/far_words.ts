/** What a script on the far side may say before it gives up, and what that means here. */
import type { FailureCode } from "../failure.ts";

interface Meaning {
  readonly code: FailureCode;
  readonly why: string;
  readonly hint?: string;
}

export type FarWord =
  | "absent"
  | "base-missing"
  | "denied"
  | "link"
  | "no-rsync"
  | "not-made"
  | "not-moved"
  | "taken";

export const FAR_WORDS: Readonly<Record<FarWord, Meaning>> = {
  "base-missing": {
    code: "destination_identity",
    why: "the folder remote_path is not there",
    hint: "See that the disk is mounted there; a new destination is made by `destination init`.",
  },
  denied: {
    code: "auth",
    why: "the account may not enter or list a folder there",
    hint: "Give the account permission below remote_path.",
  },
  link: {
    code: "destination_conflict",
    why: "a symbolic link stands in the way there, and links are not followed",
    hint: "Replace the link by a real folder.",
  },
  "not-made": { code: "auth", why: "a folder could not be made there" },
  taken: { code: "destination_conflict", why: "a file of that name is already there" },
  "not-moved": { code: "destination_conflict", why: "the file could not be moved" },
  "no-rsync": {
    code: "missing_tool",
    why: "rsync is missing on the far machine",
    hint: "Install rsync there.",
  },
  absent: { code: "unknown", why: "the folder is not there" },
};
