/** Each rule for people: what it is about, what is wrong with it, and how to put it right. */
import type { Rule } from "./finding.ts";

export interface RuleExplanation {
  /** A few words, for the head of a group. */
  readonly title: string;
  /** What goes wrong when it stays. */
  readonly why: string;
  /** What to do, one sentence. */
  readonly fix: string;
}

const EXPLANATIONS: Readonly<Record<Rule, RuleExplanation>> = {
  unresolved_placeholder_token: {
    title: "A template's placeholder was never filled in",
    why: "nobody will know later what <token> stood for",
    fix: "Put the value in its place: rename the file or folder, or edit the text.",
  },
  leftover_jinja_marker: {
    title: "A template's marker was never rendered",
    why: "nobody will know later what {{ token }} stood for",
    fix: "Render the template again, or put the value in its place by hand.",
  },
  illegal_filesystem_character: {
    title: "A name holds what Windows shares cannot store",
    why: "the copy fails there, or the name is changed without a word",
    fix:
      'Rename it without control characters, : " \\ | ? * and without a dot or space at its end.',
  },
  reserved_filesystem_name: {
    title: "A name that Windows keeps for a device",
    why: "such a file cannot be opened on Windows",
    fix: "Rename it, for example with an underscore: con_.txt.",
  },
  mode_prefix_mismatch: {
    title: "Experimental run or test run?",
    why: "a test could be taken for data, or data for a test",
    fix: "Move it: Run_… belongs in Runs, TestRun_… in TestRuns, and run_kind has to say the same.",
  },
  unsafe_project_name: {
    title: "A project's name cannot be one folder everywhere",
    why: "its runs would land elsewhere, or nowhere",
    fix: "Choose a name without slashes, leading dots and outer spaces.",
  },
  case_collision: {
    title: "Two names in one folder are one name on the NAS",
    why: "one of the two would silently replace the other there",
    fix: "Rename one of the two so that they differ in more than case or accents.",
  },
  unsupported_file_type: {
    title: "Not a file and not a folder",
    why: "it would not arrive as what it is",
    fix: "Replace the link by what it points to, remove it, or set validator.symlinks to skip.",
  },
  invalid_utf8_name: {
    title: "A name that is no text",
    why: "no record and no manifest can hold it",
    fix: "Rename it, for example with convmv or by its inode (find . -inum N -exec mv).",
  },
  path_too_long: {
    title: "A path longer than the destination takes",
    why: "it may not be possible to write or open it there",
    fix: "Shorten the names of the file or of the folders above it.",
  },
  orphan: {
    title: "A folder without a record of what it is",
    why: "later nobody can say where the data came from",
    fix: "Give it records with `labferry run adopt`.",
  },
  missing_required_field: {
    title: "A record without a field it should have",
    why: "the data cannot be found by its LIMS project",
    fix: "Find out which program wrote it; the field is written when a run is made.",
  },
  malformed_record: {
    title: "A record that cannot be read",
    why: "what it says, overrides included, counts for nothing",
    fix: "Repair it by hand or restore it from a copy; `labferry record check FILE` says where.",
  },
  malformed_yaml_front_matter: {
    title: "A front matter that is never closed",
    why: "its values cannot be found by programs",
    fix: "Put a line of --- after its last value.",
  },
};

export function explainRule(rule: Rule): RuleExplanation {
  return EXPLANATIONS[rule];
}
