/** The table's commands about places: destinations, the configuration, and the service of this computer. */
import { type Command, Option } from "commander";
import { positiveNumber } from "./option_values.ts";
import type { Does } from "./report_commands.ts";

/** Of `service/settings.ts`, which a bare start does not load. */
const KINDS = ["systemd", "launchd", "windows"] as const;
/** `completeness_signal` of the configuration. */
const SIGNALS = ["sentinel_file", "manifest", "quiet_period", "manual"] as const;

export function placeCommands(program: Command, does: Does): void {
  program.command("learn <dir>")
    .description("what old runs show of how an instrument works; prints a configuration for it")
    .action(does(async () => (await import("./learn.ts")).learn));
  const preset = program.command("preset").description("what is known of instruments' ways to end");
  preset.command("list")
    .description("all presets, with how good what they know is")
    .action(does(async () => (await import("./preset.ts")).presetList));
  preset.command("show <name>")
    .description("one preset: its source, its traps, the keys it stands for")
    .action(does(async () => (await import("./preset.ts")).presetShow));
  program.command("fleet <folders...>")
    .description("all computers that left a heartbeat below these folders, worst first")
    .option("--html <file>", "also as one page without script")
    .option("--prom <file>", "also as series, for a textfile collector")
    .option("--stale <time>", "an older heartbeat is silence: 30m, 1h, 2d", "1h")
    .action(does(async () => (await import("./fleet.ts")).fleet));
  const destination = program.command("destination").description("the places runs go to");
  destination.command("init [equipment]")
    .description("mark the destination as labferry's; without an id, every configured one")
    .action(does(async () => (await import("./destination.ts")).destinationInit));
  destination.command("move <equipment>")
    .description("the destination is at the address the configuration has now; all is proven anew")
    .action(does(async () => (await import("./destination_move.ts")).destinationMove));
  destination.command("show").action(
    does(async () => (await import("./destination.ts")).destinationShow),
  );
  destination.command("check").action(
    does(async () => (await import("./destination.ts")).destinationCheck),
  );
  const config = program.command("config").description("the configuration file");
  config.command("init")
    .description("write a commented file; on a terminal, or with --equipment, for an instrument")
    .option("--service", "where the service looks for it, instead of your own place")
    .option("--equipment <id>", "the instrument's id: capital letters, digits and _")
    .option("--label <text>", "its name for people")
    .option("--local-root <dir>", "the folder of its data")
    .option("--to <dest>", "a folder, user@host:/path, or an rclone remote:path")
    .option("--ssh-key <file>", "private key for user@host:/path")
    .option("--ssh-port <port>", "ssh port", positiveNumber)
    .addOption(
      new Option("--signal <signal>", "how it says that a run is complete").choices(SIGNALS),
    )
    .option("--sentinel <name>", "with sentinel_file: the file that appears last")
    .option("--manifest <name>", "with manifest: the file that lists the run's files")
    .option("--quiet-minutes <n>", "with quiet_period: minutes without a change", positiveNumber)
    .option("--watch <dir>", "a folder of its software in which each new folder is a run")
    .option("--project <name>", "with --watch: the project of those runs")
    .addOption(
      new Option("--existing <what>", "with --watch: what lies there already")
        .choices(["all", "new_only"]),
    )
    .action(does(async () => (await import("./config.ts")).configInit));
  config.command("check")
    .option("--all <folder>", "the files of all computers in a folder, also against each other")
    .action(does(async () => (await import("./config.ts")).configCheck));
  config.command("show").option("--origins", "each value with the file and line it comes from")
    .action(does(async () => (await import("./config.ts")).configShow));
  config.command("path").action(does(async () => (await import("./config.ts")).configPath));
  config.command("schema").action(does(async () => (await import("./config.ts")).configSchema));
}

export function serviceCommands(program: Command, does: Does): void {
  const service = program.command("service").description(
    "start with the computer, by systemd, launchd or Windows' task scheduler",
  );
  const about = (command: Command) =>
    command
      .addOption(new Option("--kind <kind>", "another system's than this one's").choices(KINDS))
      .option("--user", "this account's own, while it is logged in")
      .option("--account <name>", "the account that the computer's own service runs as")
      .option("--program <file>", "labferry's executable, where it is not the one that runs now");
  about(service.command("print"))
    .description("show what install would write, and change nothing")
    .action(does(async () => (await import("./service.ts")).servicePrint));
  about(service.command("install"))
    .description("write it, and start the service now and with the computer")
    .option("--no-start", "not now, only with the computer")
    .action(does(async () => (await import("./service.ts")).serviceInstall));
  about(service.command("uninstall"))
    .description("end it and take its files away; configuration, state and data stay")
    .action(does(async () => (await import("./service.ts")).serviceUninstall));
  about(service.command("status"))
    .description("whether it is installed and runs; exit code 1 when not")
    .action(does(async () => (await import("./service.ts")).serviceStatus));
}
