/** `labferry man`: the manual page, made from the table of commands (man(7)). */
import type { Command } from "commander";
import { VERSION } from "../base/mod.ts";
import { allBelow, type CommandNode, commandTree, type OptionNode } from "./command_tree.ts";
import type { CliContext } from "./context.ts";

export function manOf(program: Command): (context: CliContext) => Promise<void> {
  // deno-lint-ignore require-await -- as all commands are
  return async (context) => {
    const page = manualPage(commandTree(program));
    if (context.options.json) context.printJson({ page });
    else context.print(page.trimEnd());
  };
}

const EXITS: readonly (readonly [number, string])[] = [
  [0, "done as asked"],
  [1, "the work failed"],
  [2, "wrong usage or configuration"],
  [3, "held by the gate"],
  [4, "a destination is unavailable: unreachable, full, or not the one it should be"],
  [5, "a lock was not had in time"],
  [130, "interrupted"],
];

export function manualPage(tree: CommandNode): string {
  const commands = [...allBelow(tree)].filter(({ commands }) => commands.length === 0);
  return [
    `.TH LABFERRY 1 "" "labferry ${VERSION}" "labferry"`,
    ".SH NAME",
    "labferry \\- takes acquisition runs from an instrument PC to a NAS, and proves that they arrived",
    ".SH SYNOPSIS",
    ".B labferry",
    ".I command",
    "[\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    text(tree.says),
    "Every file is hashed with SHA\\-256 here and over there and compared; only then is a run called safe.",
    ".SH GLOBAL OPTIONS",
    ...tree.options.flatMap(optionLines),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH EXIT STATUS",
    ...EXITS.flatMap(([code, says]) => [".TP", `.B ${code}`, text(says)]),
    ".SH ENVIRONMENT",
    ...[
      ["LABFERRY_CONFIG", "the configuration, as \\-\\-config"],
      ["LABFERRY_STATE_DIR", "the state directory, as \\-\\-state\\-dir"],
      ["NO_COLOR", "plain text, as \\-\\-no\\-color"],
    ].flatMap(([name, says]) => [".TP", `.B ${name}`, says!]),
    ".SH FILES",
    ...[
      ["/etc/labferry/config.yaml, ~/.config/labferry/config.yaml", "the configuration"],
      ["/var/lib/labferry, ~/.local/state/labferry", "the state directory"],
    ].flatMap(([name, says]) => [".TP", `.I ${text(name!)}`, says!]),
    ".SH SEE ALSO",
    ".BR rclone (1),",
    ".BR rsync (1),",
    ".BR ssh (1)",
    "",
  ].join("\n");
}

function commandLines({ path, takes, says, options, examples }: CommandNode): string[] {
  return [
    `.SS ${text(`${path} ${takes}`.trim())}`,
    text(says),
    ...options.filter(({ long }) => long !== "--help").flatMap(optionLines),
    ...(examples.length === 0 ? [] : [".PP", ".nf", ".RS", ...examples.map(text), ".RE", ".fi"]),
  ];
}

function optionLines({ flags, says }: OptionNode): string[] {
  return [".TP", `.B ${text(flags)}`, text(says)];
}

/** Backslashes, hyphens that are typed, and a dot or apostrophe that would begin a request. */
function text(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/, "\\&$1");
}
