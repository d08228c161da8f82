/** For fish 3: `labferry completions fish > ~/.config/fish/completions/labferry.fish`. */
import { allBelow, type CommandNode, type OptionNode } from "../command_tree.ts";

export function fishScript(tree: CommandNode): string {
  const nodes = [...allBelow(tree)];
  const steps = nodes.flatMap(({ path, commands }) =>
    commands.map(({ name }) => `'${path} ${name}'`)
  );
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const here = `complete -c labferry -n '__labferry_at "${path}"'`;
    return [
      ...commands.map(({ name, says }) => `${here} -f -a ${name} -d ${quoted(says)}`),
      ...(path === tree.path ? [] : options).map((option) => `${here} ${optionWords(option)}`),
    ];
  });
  return `# fish completion for labferry
function __labferry_at
  set -l at labferry
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${steps.join(" ")}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
${tree.options.map((option) => `complete -c labferry ${optionWords(option)}`).join("\n")}
${lines.join("\n")}
`;
}

function optionWords({ long, short, says, takesValue, choices }: OptionNode): string {
  const value = choices.length > 0 ? `-x -a '${choices.join(" ")}' ` : takesValue ? "-r " : "";
  const letter = short === null || short === long ? "" : `-s ${short.slice(1)} `;
  return `-l ${long.replace(/^--/, "")} ${letter}${value}-d ${quoted(says)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
