/**
 * Options a command cannot do without. commander asks for them before it looks for unknown ones, so
 * that `--too` was reported as a missing `--to`; here they are asked for when all that was given is known.
 */
import type { Command, Option } from "commander";
import { LabferryError } from "../base/mod.ts";

const REQUIRED = new WeakMap<Command, readonly Option[]>();

/** For all commands below `program`, once they are complete. */
export function askForOptionsLast(program: Command): void {
  for (const command of program.commands) {
    const required = command.options.filter(({ mandatory }) => mandatory);
    for (const option of required) {
      option.mandatory = false;
      option.description += " (required)";
    }
    REQUIRED.set(command, required);
    askForOptionsLast(command);
  }
}

/** @throws LabferryError `usage` naming the first option that is missing */
export function checkRequired(command: Command): void {
  const missing = REQUIRED.get(command)?.find((option) =>
    command.getOptionValue(option.attributeName()) === undefined
  );
  if (!missing) return;
  throw new LabferryError("usage", `${command.name()} needs ${missing.flags}`, {
    why: missing.description.replace(/ \(required\)$/, ""),
    hint: `see labferry ${pathOf(command)} --help`,
  });
}

function pathOf(command: Command): string {
  const above = command.parent;
  return above?.parent ? `${pathOf(above)} ${command.name()}` : command.name();
}
