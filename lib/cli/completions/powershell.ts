/** For PowerShell 5 and newer: `labferry completions powershell | Out-String | Invoke-Expression`. */
import { allBelow, type CommandNode } from "../command_tree.ts";

export function powershellScript(tree: CommandNode): string {
  const entries = [...allBelow(tree)].map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.map(({ long }) => long)];
    const all = [...new Set([...words, ...tree.options.map(({ long }) => long)])];
    return `    '${path}' = @(${all.map((word) => `'${word}'`).join(", ")})`;
  });
  return `# PowerShell completion for labferry: labferry completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName labferry -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $table = @{
${entries.join("\n")}
  }
  $at = 'labferry'
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    $next = "$at $($element.ToString())"
    if ($table.ContainsKey($next)) { $at = $next }
  }
  $table[$at] | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}
