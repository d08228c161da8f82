/** What is wrong with what was asked: the command, the configuration, a report, a request. */
import { alike, ASKED_WRONGLY, FAILED } from "./facts.ts";

const WHICH_RUN = {
  means: "No run of that path or id is in the queue, or more than one begins so.",
  advice: "`labferry queue list`; write more of the id.",
} as const;

const WHICH_PART = {
  means: "No such part of a report, or more than one.",
  advice: "`labferry report list`, `show` and `history` name what there is.",
} as const;

const REPORT_CHANGED = {
  means: "The report was changed meanwhile, or the version to go back to is not there.",
  advice: "Look at it again, then decide.",
} as const;

const NO_RIGHT = {
  means: "A change without the right to it, or from another page.",
  advice: "Open the page with `labferry open`; see [security](security.md).",
} as const;

const TOO_MUCH = {
  means: "More than a request may carry, or too many open pages.",
  advice: "Send less; close pages.",
} as const;

export const ASKED_CODES = {
  usage: {
    ...ASKED_WRONGLY,
    means: "The command or request is not written as it must be.",
    advice: "Its `--help` says how.",
  },
  ...alike(["config_missing", "config_unreadable", "config_invalid"], {
    ...ASKED_WRONGLY,
    means:
      "There is no configuration, it cannot be read, or it has faults: each is named with its line.",
    advice: "`labferry config init`; `labferry config check`.",
  }),
  unknown_equipment: {
    ...ASKED_WRONGLY,
    job: "terminal",
    means: "No such instrument in the configuration. labferry never guesses whose a run is.",
    advice: "Add it, or correct the id.",
  },
  unknown_run: { ...ASKED_WRONGLY, http: 404, ...WHICH_RUN },
  unknown_job: { ...FAILED, ...WHICH_RUN },
  ambiguous_job: { ...FAILED, http: 409, ...WHICH_RUN },
  restore_elsewhere: {
    ...ASKED_WRONGLY,
    http: 403,
    means:
      "Through the service files come back to the run's own place or below `restore.roots`, nowhere else.",
    advice:
      "Use the command line, which writes as your own account, or add the folder to the roots.",
  },
  not_a_run: {
    ...ASKED_WRONGLY,
    means: "The folder is not where runs are, has no records, or is none.",
    advice: "Name the run's own folder, or `labferry run adopt`.",
  },
  unknown_report: { ...ASKED_WRONGLY, http: 404, ...WHICH_PART },
  ...alike([
    "ambiguous_report",
    "unknown_section",
    "unknown_insight",
    "unknown_action",
    "ambiguous_action",
    "unknown_version",
  ], { ...ASKED_WRONGLY, ...WHICH_PART }),
  conflict: { ...FAILED, http: 409, ...REPORT_CHANGED },
  ...alike(["nothing_before", "backup_missing"], { ...FAILED, ...REPORT_CHANGED }),
  ...alike(["malformed_report", "malformed_audit", "reports_unusable"], {
    ...FAILED,
    means: "A report or its history is torn or was edited. It was not overwritten.",
    advice: "`labferry report verify` says what.",
  }),
  link_used: {
    ...FAILED,
    http: 403,
    means: "The page's link was used, or is too old.",
    advice: "`labferry open` makes a new one.",
  },
  token_required: { ...FAILED, http: 401, ...NO_RIGHT },
  ...alike(["foreign_host", "foreign_origin"], { ...FAILED, http: 403, ...NO_RIGHT }),
  body_too_large: { ...FAILED, http: 413, ...TOO_MUCH },
  too_many_readers: { ...FAILED, http: 503, ...TOO_MUCH },
} as const;
