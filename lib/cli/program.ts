/**
 * Every command and its options, as one readable table. A command's work is in the file its action
 * imports, so that starting one does not load the others.
 */
import { Command } from "commander";
import { VERSION } from "../base/version.ts";
import type { CliContext, GlobalOptions } from "./context.ts";
import { addNotes } from "./command_notes.ts";
import { folderName, positiveNumber } from "./option_values.ts";
import { placeCommands, serviceCommands } from "./place_commands.ts";
import { type Does, reportCommands } from "./report_commands.ts";
import { askForOptionsLast, checkRequired } from "./required_option.ts";

export type RunCommand = (
  options: GlobalOptions,
  command: (context: CliContext) => Promise<void>,
) => Promise<void>;

export function buildProgram(run: RunCommand): Command {
  const program = new Command("labferry")
    .description(
      "Takes acquisition runs from an instrument PC to a NAS or object store, and proves that they arrived.",
    )
    .version(VERSION, "--version", "print the version")
    .option("--config <file>", "configuration file")
    .option("--state-dir <dir>", "where the queue and the token live")
    .option("--json", "one JSON document on stdout")
    .option("--quiet", "no diagnostics")
    .option("--verbose", "more diagnostics")
    .option("--no-color", "plain text")
    .helpOption("-h, --help", "explain a command")
    .helpCommand(true)
    .showHelpAfterError("(run with --help for the options)")
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, "labferry: ")),
    })
    .exitOverride();

  const does: Does =
    <Typed>(load: () => Promise<(context: CliContext, typed: Typed) => Promise<void>>) =>
    (...args: unknown[]): Promise<void> => {
      const command = args.at(-1) as Command;
      checkRequired(command);
      const typed = typedOf<Typed>(command);
      return run(command.optsWithGlobals(), async (context) => (await load())(context, typed));
    };

  movingRuns(program, does);
  queueCommands(program, does);
  runCommands(program, does);
  gateCommands(program, does);
  recordCommands(program, does);
  placeCommands(program, does);
  serviceCommands(program, does);
  stagingCommands(program, does);
  sessionCommand(program, does);
  installationCommands(program, does);
  reportCommands(program, does);
  program.command("completions <shell>")
    .description("a script with which bash, zsh, fish or powershell completes commands and options")
    .action(does(async () => (await import("./completions/mod.ts")).completionsOf(program)));
  program.command("man")
    .description("the manual page: labferry man | man -l -")
    .action(does(async () => (await import("./man.ts")).manOf(program)));
  addNotes(program);
  askForOptionsLast(program);
  return program;
}

/** A command's arguments and options under their own names: `<run>` is `run`, `--expect-version` `expectVersion`. */
function typedOf<Typed>(command: Command): Typed {
  const named = command.registeredArguments.map((argument, i) =>
    [argument.name(), command.processedArgs[i]] as const
  );
  return { ...Object.fromEntries(named), ...command.opts() } as Typed;
}

function movingRuns(program: Command, does: Does): void {
  const ship = program.command("ship <dir>")
    .description("send one folder, prove it, write a receipt; needs no configuration")
    .requiredOption("--to <dest>", "a folder, user@host:/path, or an rclone remote:path")
    .option(
      "--init-destination",
      "mark the destination as labferry's (makes the folder when needed)",
    )
    .option("--no-gate", "send although names or contents have hard findings")
    .option("--bwlimit <mbps>", "ceiling in megabits per second", positiveNumber)
    .option("--ssh-key <file>", "private key for user@host:/path")
    .option("--ssh-port <port>", "ssh port", positiveNumber);
  accepting(ship).action(does(async () => (await import("./ship.ts")).ship));
  program.command("daemon")
    .description("the service, in the foreground")
    .action(does(async () => (await import("./daemon.ts")).daemon));
  program.command("stop")
    .description("end the service that runs here, in order")
    .action(does(async () => (await import("./stop.ts")).stop));
  program.command("open")
    .description("open the status page, able to change things")
    .option("--print", "print the link instead of starting a browser")
    .action(does(async () => (await import("./open.ts")).open));
  program.command("demo")
    .description("a make-believe lab in a temporary folder")
    .option("--exit", "end when everything is safe")
    .option("--port <port>", "port of the page", positiveNumber)
    .action(does(async () => (await import("./demo.ts")).demo));
  program.command("doctor")
    .description("what is wrong with this computer, its configuration and its destinations")
    .option(
      "--wait <seconds>",
      "longest wait for one thing that does not answer",
      positiveNumber,
      30,
    )
    .option("--no-probe", "write nothing at the destinations")
    .option(
      "--exlab-wizard <file>",
      "ExLab-Wizard's configuration, where it is not in its usual place",
    )
    .action(does(async () => (await import("./doctor.ts")).doctor));
  program.command("status [run]")
    .description("where things stand")
    .action(does(async () => (await import("./status.ts")).status));
  program.command("why <run>")
    .description("what stands between a run and its next state, or the deletion of its local copy")
    .action(does(async () => (await import("./why.ts")).why));
  program.command("clean [runs...]")
    .description("let go of local copies that are proven at their destination")
    .option("--dry-run", "only say what would go, and what keeps the others")
    .action(does(async () => (await import("./clean.ts")).clean));
  program.command("restore <run>")
    .description("bring a run back from its destination, compared file by file")
    .option("--to <dir>", "into this folder instead of the run's own", folderName)
    .option("--only <pattern>", "only these paths below the run: '*.tif', 'raw/**'", collect, [])
    .option("--from <dest>", "RUN is a path below this destination; needs --to, and nothing else")
    .option("--bwlimit <mbps>", "with --from: ceiling in megabits per second", positiveNumber)
    .option("--ssh-key <file>", "with --from: private key for user@host:/path")
    .option("--ssh-port <port>", "with --from: ssh port", positiveNumber)
    .action(does(async () => (await import("./restore.ts")).restore));
  program.command("export <run>")
    .description("a run as a package for others: RO-Crate 1.2 or BagIt 1.0")
    .requiredOption("--format <format>", "ro-crate or bagit")
    .option("--to <dir>", "the package's folder, not there yet; beside you without it", folderName)
    .action(does(async () => (await import("./export.ts")).exportCommand));
  program.command("drill [equipment]")
    .description("bring random proven files back to try: compared, timed, removed")
    .option("--max-gib <gib>", "most that is brought back for an instrument", positiveNumber)
    .action(does(async () => (await import("./drill.ts")).drillCommand));
  program.command("history <run>")
    .description("a run's timeline")
    .action(does(async () => (await import("./history.ts")).history));
  program.command("verify <run>")
    .description("one verification pass now, against the far copy")
    .option("--local", "the local copy against its own manifest instead; asks no destination")
    .action(does(async () => (await import("./verify.ts")).verify));
}

function queueCommands(program: Command, does: Does): void {
  program.command("enqueue <run>")
    .description("take a run into the queue")
    .option("--wait", "until it is safe or needs attention")
    .action(does(async () => (await import("./enqueue.ts")).enqueue));
  const retry = program.command("retry [run]")
    .description("try a failed or waiting run again")
    .option("--all", "everything that failed or waits, except what needs --accept-missing");
  accepting(retry).action(does(async () => (await import("./retry.ts")).retry));
  program.command("cancel <run>")
    .description("stop a run and hold it")
    .action(does(async () => (await import("./drive.ts")).cancel));
  program.command("pause")
    .description("stop transfers")
    .option("--equipment <id>", "of one equipment only")
    .action(does(async () => (await import("./drive.ts")).pause));
  program.command("resume")
    .description("end a pause")
    .option("--equipment <id>", "of one equipment only")
    .action(does(async () => (await import("./drive.ts")).resume));
  program.command("pin <run>")
    .description("never delete the local copy of a run")
    .action(does(async () => (await import("./drive.ts")).pin));
  program.command("unpin <run>")
    .description("allow the local copy of a run to go again")
    .action(does(async () => (await import("./drive.ts")).unpin));
  const queue = program.command("queue").description("look into the queue, rebuild it, export it");
  queue.command("list")
    .option("--state <states>", "only these states, comma-separated")
    .option("--equipment <id>", "only one equipment")
    .option("--limit <n>", "at most so many", positiveNumber)
    .action(does(async () => (await import("./queue.ts")).queueList));
  queue.command("show <run>").action(does(async () => (await import("./queue.ts")).queueShow));
  queue.command("rebuild")
    .description("make a new queue from the records beside the data; grants no passes")
    .action(does(async () => (await import("./queue.ts")).queueRebuild));
  queue.command("export")
    .description("everything in the queue, one JSON object a line")
    .option("-o, --output <file>", "to a file instead of stdout")
    .action(does(async () => (await import("./queue.ts")).queueExport));
}

function runCommands(program: Command, does: Does): void {
  const run = program.command("run").description("make, adopt, complete and list runs");
  const about = (command: Command) =>
    command
      .requiredOption("--equipment <id>", "the instrument, as in the configuration")
      .requiredOption("--project <name>", "the project; one safe path segment")
      .option("--test", "a test run")
      .option("--operator <name>", "who acquires")
      .option("--var <k=v>", "a variable of the record (repeatable)", collect, []);
  about(run.command("new"))
    .description("make a run's folder with its records, before an acquisition")
    .option("--name <leaf>", "the folder's name instead of Run_<date>")
    .action(does(async () => (await import("./run.ts")).runNew));
  about(run.command("adopt <dir>"))
    .description("give records to a folder that exists")
    .action(does(async () => (await import("./run.ts")).runAdopt));
  run.command("complete <dir>")
    .description("say that a run is complete, so that it goes")
    .action(does(async () => (await import("./run.ts")).runComplete));
  run.command("dismiss <dir>")
    .description("say that a run which never became complete is to be left alone as it is")
    .action(does(async () => (await import("./run.ts")).runDismiss));
  run.command("list")
    .description("the runs below the configured roots")
    .action(does(async () => (await import("./run.ts")).runList));
}

function gateCommands(program: Command, does: Does): void {
  program.command("audit [path]")
    .description("findings that would make data unusable; exit code 3 when one holds a run back")
    .action(does(async () => (await import("./audit.ts")).audit));
  const override = program.command("override").description(
    "let a finding pass, by name and reason",
  );
  override.command("add <run>")
    .requiredOption("--class <rule>", "the rule to let pass")
    .requiredOption("--operator <name>", "who decides")
    .requiredOption("--reason <text>", "why it is right")
    .option("--expires <iso>", "until then only; ISO 8601 with zone")
    .action(does(async () => (await import("./override.ts")).overrideAdd));
  override.command("revoke <run> <id>")
    .requiredOption("--operator <name>", "who decides")
    .requiredOption("--reason <text>", "why")
    .action(does(async () => (await import("./override.ts")).overrideRevoke));
  override.command("list <run>")
    .action(does(async () => (await import("./override.ts")).overrideList));
}

function recordCommands(program: Command, does: Does): void {
  const record = program.command("record").description(
    "read, check or change a record through the locked writer",
  );
  record.command("show <file>").action(does(async () => (await import("./record.ts")).recordShow));
  record.command("check <file>").action(
    does(async () => (await import("./record.ts")).recordCheck),
  );
  record.command("set <file> <changes...>")
    .description("key=value; only what may change after the first write")
    .action(does(async () => (await import("./record.ts")).recordSet));
}

function sessionCommand(program: Command, does: Does): void {
  program.command("session [id]")
    .description("acquisitions over several PCs, and what they wait for")
    .action(does(async () => (await import("./session.ts")).session));
}

function stagingCommands(program: Command, does: Does): void {
  const staging = program.command("staging").description(
    "an orchestrator's staging area: what other PCs push here",
  );
  staging.command("list")
    .description("what was received, and how far it is")
    .action(does(async () => (await import("./staging.ts")).stagingList));
  staging.command("sync <run>")
    .description("take a received run to the NAS now")
    .action(does(async () => (await import("./staging.ts")).stagingSync));
  staging.command("clear [runs...]")
    .description("let go of received runs that are proven at the NAS")
    .option("--verified", "all of them")
    .action(does(async () => (await import("./staging.ts")).stagingClear));
}

function installationCommands(program: Command, does: Does): void {
  const installation = program.command("installation").description(
    "who this labferry is, after a computer was copied or replaced",
  );
  const verb = (name: string, description: string) =>
    installation.command(name).description(description);
  verb("show", "the installation's id and its computer; exit code 1 when this is another one")
    .action(does(async () => (await import("./installation.ts")).installationShow));
  verb("keep", "this computer took the other one's place")
    .action(does(async () => (await import("./installation.ts")).installationKeep));
  verb("new", "the other computer is still in use: be another installation")
    .action(does(async () => (await import("./installation.ts")).installationNew));
  verb("new-key", "sign with a new key from now on")
    .option("--leaked", "and believe nothing any more that the earlier keys signed")
    .action(does(async () => (await import("./installation.ts")).installationNewKey));
}

function accepting(command: Command): Command {
  return command
    .option("--accept-missing", "go on without the files that the failure named")
    .option("--operator <name>", "who accepts that they are lost")
    .option("--reason <text>", "why that is right");
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
