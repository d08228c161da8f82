/** For zsh: a file `_labferry` on its fpath, or `source <(labferry completions zsh)`. */
import { allBelow, type CommandNode } from "../command_tree.ts";

export function zshScript(tree: CommandNode): string {
  const nodes = [...allBelow(tree)];
  const steps = nodes.flatMap(({ path, commands }) =>
    commands.map(({ name }) => `'${path} ${name}'`)
  );
  const cases = nodes.map(({ path, commands, options }) => {
    const described = options.map(({ long, says }) => entry(long, says));
    return `    ('${path}')
      commands=(${commands.map(({ name, says }) => entry(name, says)).join(" ")})
      options=(${
      [...new Set([...described, ...tree.options.map(({ long, says }) => entry(long, says))])].join(
        " ",
      )
    })
      ;;`;
  });
  const choices = new Map(
    nodes.flatMap(({ options }) =>
      options.filter((option) => option.choices.length > 0).map((option) =>
        [option.long, option.choices.join(" ")] as const
      )
    ),
  );
  return `#compdef labferry
# zsh completion for labferry; load it with: source <(labferry completions zsh)
_labferry() {
  local at=labferry word
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${steps.join("|")}) at="$at $word" ;;
    esac
  done
  case "$at" in
${cases.join("\n")}
  esac
  case "\${words[CURRENT-1]}" in
${[...choices].map(([long, list]) => `    (${long}) compadd -- ${list}; return ;;`).join("\n")}
  esac
  if [[ "$PREFIX" == -* ]]; then
    _describe option options
  elif (( \${#commands} )); then
    _describe command commands
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _labferry ]]; then _labferry "$@"; else compdef _labferry labferry; fi
`;
}

/** `name:description`, quoted; a colon in the name would end it. */
function entry(name: string, says: string): string {
  const text = `${name.replaceAll(":", "\\:")}:${says}`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
