/** The table of commands as plain values, for whoever writes it down: completions, the manual page. */
import type { Command, Option } from "commander";
import { COMMAND_NOTES } from "./command_notes.ts";

export interface CommandNode {
  /** `labferry queue list` */
  readonly path: string;
  readonly name: string;
  readonly says: string;
  /** `<run>`, `[path]`, `<changes...>` */
  readonly takes: string;
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
  readonly examples: readonly string[];
}

export interface OptionNode {
  /** As the help shows it: `-o, --output <file>`. */
  readonly flags: string;
  /** `--output` */
  readonly long: string;
  readonly short: string | null;
  readonly says: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export function commandTree(program: Command, above = ""): CommandNode {
  const path = above === "" ? program.name() : `${above} ${program.name()}`;
  const help = program.createHelp();
  return {
    path,
    name: program.name(),
    says: program.description(),
    takes: help.commandUsage(program).replace(/^.*?\[options\] ?/, "").replace("[command]", "")
      .trim(),
    options: help.visibleOptions(program).map(optionNode),
    commands: program.commands.map((command) => commandTree(command, path)),
    examples: COMMAND_NOTES[path.split(" ").slice(1).join(" ")]?.examples ?? [],
  };
}

function optionNode(option: Option): OptionNode {
  return {
    flags: option.flags,
    long: option.long ?? option.short ?? "",
    short: option.short ?? null,
    says: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

/** This command and all below it. */
export function* allBelow(node: CommandNode): Generator<CommandNode> {
  yield node;
  for (const command of node.commands) yield* allBelow(command);
}
