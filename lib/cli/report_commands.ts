/** `labferry report …`: the table of its commands. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CliContext } from "./context.ts";

/** Wires what was typed, by its names, to the function that does a command's work. */
export type Does = <Typed>(
  load: () => Promise<(context: CliContext, typed: Typed) => Promise<void>>,
) => (...args: unknown[]) => Promise<void>;

export function reportCommands(program: Command, does: Does): void {
  const report = program.command("report").description(
    "living reports: read, annotate, go back, prove their history",
  );
  readingCommands(report, does);
  writingCommands(report, does);
  partCommands(report, does);
}

function readingCommands(report: Command, does: Does): void {
  report.command("list")
    .description("all reports that are not deleted, newest first")
    .addOption(
      new Option("--status <status>", "only these").choices(["active", "archived", "deleted"]),
    )
    .option("--tag <tag>", "only with this tag")
    .action(does(async () => (await import("./report.ts")).reportList));
  report.command("show <id>")
    .description("a report and the ids of its parts")
    .action(does(async () => (await import("./report.ts")).reportShow));
  report.command("history <id>")
    .description("what happened to it, in plain words")
    .action(does(async () => (await import("./report.ts")).reportHistory));
  report.command("diff <id> [from] [to]")
    .description("what is different between two versions; the last change without them")
    .action(does(async () => (await import("./report.ts")).reportDiff));
  report.command("render <id>")
    .description("as Markdown, or as one HTML file that prints well")
    .addOption(
      new Option("--format <format>", "md or html").choices(["md", "html"]).default("md"),
    )
    .option("-o, --output <file>", "to a file instead of stdout")
    .action(does(async () => (await import("./report_render.ts")).reportRender));
  report.command("verify [id]")
    .description("check history, backups and outline; without an id, of every report")
    .action(does(async () => (await import("./report.ts")).reportVerify));
  report.command("rebuild")
    .description("make the index anew from the reports")
    .action(does(async () => (await import("./report.ts")).reportRebuild));
}

function writingCommands(report: Command, does: Does): void {
  report.command("create <title>")
    .option("--tag <tag>", "a tag (repeatable)", collect, [])
    .action(does(async () => (await import("./report_change.ts")).reportCreate));
  change(report.command("note <id> <text>"))
    .description("say something in a report, under your name")
    .requiredOption("--author <name>", "who says it")
    .option("--section <section>", "the section's title or id")
    .option("--about <insight>", "the insight it is about")
    .action(does(async () => (await import("./report_change.ts")).reportNote));
  change(report.command("rename <id> <title>"))
    .action(does(async () => (await import("./report_change.ts")).reportRename));
  change(report.command("tag <id> [tags...]"))
    .description("add tags")
    .option("--remove <tag>", "take one off (repeatable)", collect, [])
    .action(does(async () => (await import("./report_change.ts")).reportTag));
  change(report.command("archive <id>"))
    .option("--undo", "take it up again")
    .action(does(async () => (await import("./report_change.ts")).reportArchive));
  change(report.command("delete <id>"))
    .description("take it from the lists; its files stay")
    .action(does(async () => (await import("./report_change.ts")).reportDelete));
  change(report.command("revert <id> <action>"))
    .description("undo an action of its history, and all after it")
    .option("--author <name>", "who does it")
    .action(does(async () => (await import("./report_change.ts")).reportRevert));
  report.command("fork <id> [title]")
    .description("a copy that goes its own way")
    .action(does(async () => (await import("./report_change.ts")).reportFork));
  report.command("merge <ids...>")
    .description("one new report out of several")
    .requiredOption("--title <title>", "its title")
    .action(does(async () => (await import("./report_change.ts")).reportMerge));
}

function partCommands(report: Command, does: Does): void {
  const insight = report.command("insight").description("the findings in a report");
  change(insight.command("add <id> <text>"))
    .option("--section <section>", "the section's title or id")
    .option("--importance <n>", "0 to 10", wholeNumber)
    .option("--author <name>", "who says it")
    .action(does(async () => (await import("./report_change.ts")).insightAdd));
  change(insight.command("edit <id> <insight> [text]"))
    .option("--importance <n>", "0 to 10", wholeNumber)
    .option("--author <name>", "who says it")
    .action(does(async () => (await import("./report_change.ts")).insightEdit));
  change(insight.command("archive <id> <insight>"))
    .action(does(async () => (await import("./report_change.ts")).insightArchive));
  const section = report.command("section").description("the sections of a report");
  change(section.command("add <id> <title>"))
    .option("--text <text>", "what it says")
    .addOption(
      new Option("--format <format>", "of the text").choices(["markdown", "html", "plain"]),
    )
    .action(does(async () => (await import("./report_change.ts")).sectionAdd));
  change(section.command("reorder <id> <section> <place>"))
    .description("move a section to a place, counted from 1")
    .action(does(async () => (await import("./report_change.ts")).sectionReorder));
}

function change(command: Command): Command {
  return command.option(
    "--expect-version <n>",
    "refuse if the report is not at this version any more",
    wholeNumber,
  );
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
