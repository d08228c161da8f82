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
  | "folder-stays"
  | "in-the-way"
  | "link"
  | "no-rsync"
  | "not-flushed"
  | "not-made"
  | "not-moved"
  | "odd"
  | "taken"
  | "unreadable";

export const FAR_WORDS: Readonly<Record<FarWord, Meaning>> = {
  "base-missing": {
    code: "destination_identity",
    why: "the folder remote_path is not there",
    hint: "See that the disk is mounted there; what waits then goes on by itself.",
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
  "in-the-way": {
    code: "destination_conflict",
    why: "a file stands there where a folder has to be",
    hint: "Move it away or give it another name; nothing of it was touched.",
  },
  odd: {
    code: "destination_conflict",
    why: "what stands there is neither a file nor a folder",
    hint: "Look at it over there and move it away.",
  },
  "folder-stays": {
    code: "destination_conflict",
    why: "a folder stands there, and an account that may only run rsync cannot move it",
    hint: "Move it away by hand, or give the account a shell.",
  },
  "not-flushed": { code: "unknown", why: "the far system could not flush its disk" },
  "not-made": { code: "auth", why: "a folder could not be made there" },
  taken: { code: "destination_conflict", why: "something of that name is already there" },
  "not-moved": { code: "destination_conflict", why: "the file could not be moved" },
  "no-rsync": {
    code: "missing_tool",
    why: "rsync is missing on the far machine",
    hint: "Install rsync there.",
  },
  unreadable: {
    code: "unknown",
    why: "a file cannot be read there",
    hint: "Look at its permissions and at that machine's disk.",
  },
  absent: { code: "unknown", why: "the folder is not there" },
};
