/** What is wrong with this computer: its disks, the queue, the state directory, the service. */
import { alike, DESTINATION_FAILED, FAILED, INTERRUPTED } from "./facts.ts";

export const COMPUTER_CODES = {
  ...alike(["disk_full", "queue_full_disk"], {
    ...FAILED,
    job: "again",
    means: "A disk of this computer is full. Nothing half-written was kept.",
    advice: "Make room; it goes on by itself.",
  }),
  ...alike(["permission_denied", "read_only"], {
    ...FAILED,
    means: "The account may not write there.",
    advice: "Let it, or run the command as the service's account.",
  }),
  not_found: {
    ...FAILED,
    means: "A file or program that was named is not there.",
    advice: "Correct the name.",
  },
  thread_lost: {
    ...FAILED,
    means: "A disk answered so late that the reading of it was given up.",
    advice: "Look at the disk or share.",
  },
  output_too_large: {
    ...FAILED,
    means: "A tool said more than anybody could mean.",
    advice: "See `app.log`; update the tool.",
  },
  queue_locked: {
    ...FAILED,
    job: "again",
    means: "Another process holds the queue.",
    advice: "Wait, or talk to the running service.",
  },
  queue_damaged: {
    ...FAILED,
    means: "The database cannot be read.",
    advice:
      "The service rebuilds it by itself; by hand, with the service stopped: `labferry queue rebuild`.",
  },
  queue_missing: {
    ...FAILED,
    means: "There is no queue yet, or it was lost.",
    advice: "Start the service: it makes one from the records.",
  },
  ...alike(["queue_io", "queue_read_only", "queue_unreadable"], {
    ...FAILED,
    means: "The state directory's disk refuses.",
    advice: "Look at the disk and its rights.",
  }),
  ...alike(["queue_newer", "queue_older", "queue_foreign"], {
    ...FAILED,
    means:
      "The file is a newer labferry's, an older one's that only a start may change, or no queue of labferry's.",
    advice:
      "Install the newer one; start the service once; or move the file away. Nothing was changed.",
  }),
  queue_wrong_place: {
    ...FAILED,
    means: "The state directory is on a share.",
    advice: "Put it on a local disk: `--state-dir` or `LABFERRY_STATE_DIR`.",
  },
  ...alike(["state_dir_unusable", "state_dir_lost"], {
    ...FAILED,
    means: "The state directory cannot be used, or was removed under the service.",
    advice: "See the hint; start the service again.",
  }),
  already_running: {
    ...FAILED,
    means: "A service already works on this state directory.",
    advice: "Use it, stop it, or give the other its own `--state-dir`.",
  },
  daemon_silent: {
    ...FAILED,
    means: "A service holds the state directory and does not answer.",
    advice: "See `app.log` there; restart it.",
  },
  port_taken: {
    ...FAILED,
    means: "Another program listens at the page's port.",
    advice: "Change `status.port`.",
  },
  ...alike(["token_missing", "token_unreadable"], {
    ...FAILED,
    means: "The token for changes is gone, or another account's.",
    advice: "Restart the service; or run the command as its account.",
  }),
  destination_moved: {
    ...DESTINATION_FAILED,
    means:
      "The destination's address in the configuration is another than the one where runs were proven. Nothing is sent, compared or deleted until a person has said that it moved: what is missing at a new address is no damage.",
    advice:
      "If the NAS moved, copy its base with `.labferry-destination.json` and run `labferry destination move EQUIPMENT`; if the address is a mistake, put the old one back.",
  },
  installation_moved: {
    ...FAILED,
    job: "destination",
    means: "The state directory came from another computer, or a disk image was copied.",
    advice:
      "`labferry installation keep` if this one took the other's place, `labferry installation new` if the other is still in use.",
  },
  no_answer: {
    ...FAILED,
    means: "`labferry doctor` waited for a disk, a share or a server, and gave it up.",
    advice: "See that it is up and reachable; `--wait` waits longer.",
  },
  config_exposed: {
    ...FAILED,
    means:
      "Accounts that should not can change the configuration, which names programs that the service starts, or read the token that allows changes.",
    advice: "Take the rights away, as the hint says.",
  },
  clock_wrong: {
    ...FAILED,
    means: "The clock is wrong, or nothing keeps it right. Ages, passes and keys are told by it.",
    advice: "Set it, and let a time service keep it.",
  },
  watches_few: {
    ...FAILED,
    means:
      "The system lets fewer folders be watched than there are. New runs are found by looking now and then alone.",
    advice: "Raise `fs.inotify.max_user_watches`.",
  },
  descriptors_few: {
    ...FAILED,
    means: "The service may open fewer files at a time than it needs.",
    advice: "`LimitNOFILE` of the service, or `ulimit -n`.",
  },
  scrub_too_slow: {
    ...FAILED,
    means:
      "`verify.scrub_max_gib_per_day` lets less be read than is proven: a round of the scrub takes longer than `verify.scrub_days`.",
    advice: "Raise the one or the other; `labferry doctor` says how long a round takes.",
  },
  two_senders: {
    ...FAILED,
    means:
      "ExLab-Wizard sends or deletes the same runs: everything goes twice, and its deletion asks for no proof.",
    advice: "Switch `sync.enabled` and `nas_cleanup.enabled` off in its configuration.",
  },
  tree_served: {
    ...DESTINATION_FAILED,
    means:
      "`.exlab-wizard/labferry-service.json` in the instrument's folder says that another labferry looks after its runs, or cannot be read. This one sends, compares and deletes nothing there.",
    advice:
      "Leave the tree to the other one; or stop it for good and run `labferry installation keep` here.",
  },
  installation_twice: {
    ...DESTINATION_FAILED,
    means:
      "Two services with the same installation id look after one instrument's runs: a state directory or a disk image was copied. Both send, compare and delete nothing there.",
    advice:
      "Stop one of them, or run `labferry installation new` there; then run `labferry installation keep` here.",
  },
  service_manager: {
    ...FAILED,
    means: "systemd, launchd or the task scheduler refused, or could not be told.",
    advice: "Run the command that is named yourself; see [service](service.md).",
  },
  interrupted: {
    ...INTERRUPTED,
    means: "Ctrl-C or the end of the session.",
    advice: "Run it again: it goes on where it stopped.",
  },
  internal: {
    ...FAILED,
    means: "A fault in labferry.",
    advice: "Run with `--verbose` and report it, with `app.log`.",
  },
} as const;
