/** `labferry completions SHELL`: a script that a shell loads, made from the table of commands. */
import type { Command } from "commander";
import { LabferryError } from "../../base/mod.ts";
import { type CommandNode, commandTree } from "../command_tree.ts";
import type { CliContext } from "../context.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { powershellScript } from "./powershell.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS: Readonly<Record<string, (tree: CommandNode) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

type Run = (context: CliContext, typed: { readonly shell: string }) => Promise<void>;

/** @throws LabferryError `usage` for a shell that is none of them */
export function completionsOf(program: Command): Run {
  // deno-lint-ignore require-await -- as all commands are
  return async (context, { shell }) => {
    const script = SCRIPTS[shell]?.(commandTree(program));
    if (script === undefined) {
      throw new LabferryError("usage", `there are no completions for ${JSON.stringify(shell)}`, {
        hint: `one of ${Object.keys(SCRIPTS).join(", ")}`,
      });
    }
    if (context.options.json) context.printJson({ shell, script });
    else context.print(script.trimEnd());
  };
}
