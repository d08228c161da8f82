/** For bash 3.2 (macOS) and newer: `source <(labferry completions bash)`. */
import { allBelow, type CommandNode } from "../command_tree.ts";

export function bashScript(tree: CommandNode): string {
  const nodes = [...allBelow(tree)];
  const groups = nodes.filter(({ commands }) => commands.length > 0);
  const steps = groups.flatMap(({ path, commands }) =>
    commands.map(({ name }) => `"${path} ${name}"`)
  );
  const global = tree.options.map(({ long }) => long);
  const words = nodes.map(({ path, commands, options }) => {
    const own = [...commands.map(({ name }) => name), ...options.map(({ long }) => long)];
    return `    "${path}") words="${[...new Set([...own, ...global])].join(" ")}" ;;`;
  });
  const choices = new Map(
    nodes.flatMap(({ options }) =>
      options.filter((option) => option.choices.length > 0).map((option) =>
        [option.long, option.choices.join(" ")] as const
      )
    ),
  );
  const values = new Set(
    nodes.flatMap(({ options }) =>
      options.filter(({ takesValue, choices }) => takesValue && choices.length === 0)
        .map(({ long }) => long)
    ),
  );
  return `# bash completion for labferry; load it with: source <(labferry completions bash)
_labferry() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}"
  local at="labferry" words="" i
  COMPREPLY=()
  case "$prev" in
${
    [...choices].map(([long, list]) =>
      `    ${long}) COMPREPLY=($(compgen -W "${list}" -- "$cur")); return ;;`
    ).join("\n")
  }
    ${[...values].join("|")}) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${steps.join("|")}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _labferry labferry
`;
}
