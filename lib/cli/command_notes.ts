/**
 * What stands in a command's help beside its options: examples, and a sentence where the table of
 * commands has none. Help, completions and the manual page are all made from the table and these.
 */
import type { Command } from "commander";

export interface CommandNote {
  readonly says?: string;
  /** Each is a whole command line, quoted as for a shell. */
  readonly examples: readonly string[];
}

/** By the command's words: `queue list`. */
export const COMMAND_NOTES: Readonly<Record<string, CommandNote>> = {
  "ship": {
    examples: [
      "labferry ship /data/2026-04-17_cells --to /mnt/nas/inbox --init-destination",
      "labferry ship /data/cells --to labuser@nas01:/srv/lab --ssh-key ~/.ssh/id_ed25519",
      "labferry ship /data/cells --to lab-nas:inbox --bwlimit 50",
    ],
  },
  "daemon": { examples: ["labferry daemon", "labferry daemon --config /etc/labferry/config.yaml"] },
  "fleet": {
    says: "Reads, changes nothing, needs no configuration. Exit code 1 when something is red.",
    examples: ["labferry fleet /srv/lab", "labferry fleet /mnt/nas/lab --html /mnt/nas/fleet.html"],
  },
  "stop": { examples: ["labferry stop"] },
  "open": { examples: ["labferry open", "labferry open --print"] },
  "demo": { examples: ["labferry demo", "labferry demo --exit"] },
  "doctor": {
    examples: ["labferry doctor", "labferry doctor --wait 10 --no-probe", "labferry doctor --json"],
  },
  "status": { examples: ["labferry status", "labferry status 0197f3", "labferry status --json"] },
  "why": { examples: ["labferry why /data/lab/CONFOCAL_01/Cortex_Q3/Runs/Run_2026-04-17T14-32"] },
  "export": {
    examples: [
      "labferry export 0197f3 --format ro-crate",
      "labferry export 0197f3 --format bagit --to /data/for-the-archive/run-1",
    ],
  },
  "drill": { examples: ["labferry drill", "labferry drill CONFOCAL_01 --max-gib 5"] },
  "installation new-key": {
    examples: ["labferry installation new-key", "labferry installation new-key --leaked"],
  },
  "clean": { examples: ["labferry clean --dry-run", "labferry clean 0197f3"] },
  "restore": {
    examples: [
      "labferry restore 0197f3 --only 'raw/**' --only '*.xml'",
      "labferry restore --from labuser@nas01:/srv/lab/CONFOCAL_01 Cortex_Q3/Runs/Run_1 --to /data/again",
    ],
  },
  "history": { examples: ["labferry history 0197f3"] },
  "verify": { examples: ["labferry verify 0197f3", "labferry verify /data/lab/run --local"] },
  "enqueue": { examples: ["labferry enqueue /data/lab/PLATE_01/Q3/Runs/Run_1 --wait"] },
  "retry": {
    examples: [
      "labferry retry 0197f3",
      "labferry retry --all",
      'labferry retry 0197f3 --accept-missing --operator "A. Smith" --reason "deleted by the software"',
    ],
  },
  "cancel": { examples: ["labferry cancel 0197f3"] },
  "pause": { examples: ["labferry pause", "labferry pause --equipment CONFOCAL_01"] },
  "resume": { examples: ["labferry resume", "labferry resume --equipment CONFOCAL_01"] },
  "pin": { examples: ["labferry pin 0197f3"] },
  "unpin": { examples: ["labferry unpin 0197f3"] },
  "queue list": {
    says: "the runs in the queue",
    examples: ["labferry queue list", "labferry queue list --state failed,queued --limit 20"],
  },
  "queue show": { says: "one run of the queue", examples: ["labferry queue show 0197f3 --json"] },
  "queue rebuild": { examples: ["labferry queue rebuild"] },
  "queue export": { examples: ["labferry queue export --output queue.ndjson"] },
  "run new": {
    examples: [
      'labferry run new --equipment CONFOCAL_01 --project "Cortex Q3" --operator asmith --var laser=488',
    ],
  },
  "run adopt": {
    examples: ['labferry run adopt /data/old --equipment CONFOCAL_01 --project "Cortex Q3"'],
  },
  "run complete": { examples: ["labferry run complete /data/lab/PLATE_01/Q3/Runs/Run_1"] },
  "run dismiss": { examples: ["labferry run dismiss /data/lab/PLATE_01/Q3/Runs/Run_1"] },
  "run list": { examples: ["labferry run list"] },
  "audit": { examples: ["labferry audit", "labferry audit /data/lab --json"] },
  "override add": {
    says: "let a finding of a run pass",
    examples: [
      'labferry override add 0197f3 --class case_collision --operator "A. Smith" --reason "two cameras"',
    ],
  },
  "override revoke": {
    says: "take an override back",
    examples: ['labferry override revoke 0197f3 ov_1 --operator "A. Smith" --reason "renamed"'],
  },
  "override list": {
    says: "the overrides of a run",
    examples: ["labferry override list 0197f3"],
  },
  "record show": {
    says: "a record as labferry reads it",
    examples: ["labferry record show run/.exlab-wizard/creation.json"],
  },
  "record check": {
    says: "whether a record can be read, and what is odd in it",
    examples: ["labferry record check run/.exlab-wizard/creation.json"],
  },
  "record set": {
    examples: ["labferry record set run/.exlab-wizard/creation.json sync_status=pending"],
  },
  "learn": { examples: ["labferry learn /data/old_runs"] },
  "preset list": { examples: ["labferry preset list"] },
  "preset show": { examples: ["labferry preset show minknow"] },
  "destination init": {
    examples: ["labferry destination init CONFOCAL_01", "labferry destination init"],
  },
  "destination move": { examples: ["labferry destination move CONFOCAL_01"] },
  "destination show": {
    says: "each instrument's destination, and its mark",
    examples: ["labferry destination show"],
  },
  "destination check": {
    says: "ask every destination now; exit code 4 when one is not what it should be",
    examples: ["labferry destination check"],
  },
  "config init": {
    examples: [
      "labferry config init",
      "labferry config init --equipment PLATE_01 --local-root /data/lab --to /mnt/nas/lab/PLATE_01",
    ],
  },
  "config check": {
    says: "every problem of the configuration at once, with file, line and key",
    examples: ["labferry config check", "labferry config check --config new.yaml"],
  },
  "config show": {
    says: "what is in force, defaults included, secrets hidden",
    examples: ["labferry config show"],
  },
  "config path": { says: "which file is read", examples: ["labferry config path"] },
  "config schema": {
    says: "the JSON Schema, for editors",
    examples: ["labferry config schema"],
  },
  "service print": {
    examples: ["labferry service print", "labferry service print --kind windows"],
  },
  "service install": {
    examples: [
      "labferry service install --account labferry",
      "labferry service install --user",
    ],
  },
  "service uninstall": { examples: ["labferry service uninstall"] },
  "service status": { examples: ["labferry service status"] },
  "session": { examples: ["labferry session", "labferry session mouse12"] },
  "staging list": { examples: ["labferry staging list"] },
  "staging sync": { examples: ["labferry staging sync /staging/FLOW_01/Q3/Runs/Run_1"] },
  "staging clear": { examples: ["labferry staging clear --verified"] },
  "installation show": { examples: ["labferry installation show"] },
  "installation keep": { examples: ["labferry installation keep"] },
  "installation new": { examples: ["labferry installation new"] },
  "report list": { examples: ["labferry report list --status active"] },
  "report show": { examples: ['labferry report show "Cortex Q3"'] },
  "report history": { examples: ["labferry report history 5f0c"] },
  "report diff": { examples: ["labferry report diff 5f0c", "labferry report diff 5f0c 3 7"] },
  "report render": { examples: ["labferry report render 5f0c --format html -o report.html"] },
  "report verify": { examples: ["labferry report verify"] },
  "report rebuild": { examples: ["labferry report rebuild"] },
  "report create": {
    says: "begin a report",
    examples: ['labferry report create "Cortex Q3" --tag imaging'],
  },
  "report note": {
    examples: ['labferry report note 5f0c "laser changed today" --author "A. Smith"'],
  },
  "report rename": {
    says: "give it another title",
    examples: ['labferry report rename 5f0c "Cortex, third quarter"'],
  },
  "report tag": { examples: ["labferry report tag 5f0c imaging --remove draft"] },
  "report archive": {
    says: "put it away, or take it up again",
    examples: ["labferry report archive 5f0c", "labferry report archive 5f0c --undo"],
  },
  "report delete": { examples: ["labferry report delete 5f0c"] },
  "report revert": { examples: ["labferry report revert 5f0c 12"] },
  "report fork": { examples: ['labferry report fork 5f0c "Cortex, second reading"'] },
  "report merge": { examples: ['labferry report merge 5f0c 81aa --title "Both"'] },
  "report insight add": {
    says: "a finding",
    examples: ['labferry report insight add 5f0c "drift of 2 um an hour" --importance 7'],
  },
  "report insight edit": {
    says: "change a finding",
    examples: ["labferry report insight edit 5f0c 3a --importance 9"],
  },
  "report insight archive": {
    says: "put a finding away",
    examples: ["labferry report insight archive 5f0c 3a"],
  },
  "report section add": {
    says: "a section of its own",
    examples: ['labferry report section add 5f0c "Methods" --text "as before"'],
  },
  "report section reorder": { examples: ["labferry report section reorder 5f0c 2b 1"] },
  "completions": { examples: ["labferry completions bash", "labferry completions powershell"] },
  "man": { examples: ["labferry man"] },
};

/** Adds them to every command that works; groups show their commands. */
export function addNotes(program: Command, above = ""): void {
  for (const command of program.commands) {
    const path = above === "" ? command.name() : `${above} ${command.name()}`;
    const note = COMMAND_NOTES[path];
    if (note) {
      if (command.description() === "" && note.says) command.description(note.says);
      const lines = note.examples.map((example) => `  ${example}`).join("\n");
      command.addHelpText("after", `\nExamples:\n${lines}`);
    }
    addNotes(command, path);
  }
}
