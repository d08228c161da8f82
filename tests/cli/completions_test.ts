/** The completions in the shells they are for, and the manual page as groff reads it. */
import assert from "node:assert/strict";
import { allBelow, commandTree } from "../../lib/cli/command_tree.ts";
import { bashScript } from "../../lib/cli/completions/bash.ts";
import { fishScript } from "../../lib/cli/completions/fish.ts";
import { powershellScript } from "../../lib/cli/completions/powershell.ts";
import { zshScript } from "../../lib/cli/completions/zsh.ts";
import { manualPage } from "../../lib/cli/man.ts";
import { buildProgram } from "../../lib/cli/program.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const tree = commandTree(buildProgram(() => Promise.resolve()));

async function run(command: string, args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: text(stdout) + text(stderr) };
}

testWith(["bash"], "bash completes commands, options and choices at every depth", async () => {
  await using dir = await tempDir();
  const script = await dir.write("labferry.bash", bashScript(tree));
  assert.deepEqual(await run("bash", ["-n", script]), { code: 0, said: "" });
  const complete = async (...words: string[]) => {
    const line =
      `source '${script}'; COMP_WORDS=(labferry "$@"); COMP_CWORD=$#; _labferry; echo "\${COMPREPLY[@]}"`;
    const { code, said } = await run("bash", ["-c", line, "bash", ...words]);
    assert.equal(code, 0, said);
    return said.trim().split(" ").filter((word) => word !== "");
  };
  assert.deepEqual(await complete("serv"), ["service"]);
  assert.deepEqual(await complete("report", "insight", ""), [
    ...["add", "edit", "archive", "--help"],
    ...tree.options.map(({ long }) => long).filter((long) => long !== "--help"),
  ]);
  assert.deepEqual(await complete("service", "print", "--kind", "sy"), ["systemd"]);
  assert.deepEqual(await complete("ship", "--init"), ["--init-destination"]);
  // A value is the shell's own to complete: files.
  assert.deepEqual(await complete("ship", "--to", ""), []);
});

testWith(["fish"], "fish completes commands, options and choices at every depth", async () => {
  await using dir = await tempDir();
  const script = await dir.write("labferry.fish", fishScript(tree));
  assert.deepEqual(await run("fish", ["-n", script]), { code: 0, said: "" });
  const complete = async (line: string) => {
    const { code, said } = await run("fish", [
      "--no-config",
      "-c",
      `source '${script}'; complete -C '${line}'`,
    ]);
    assert.equal(code, 0, said);
    return said.split("\n").map((one) => one.split("\t")[0]).filter((one) => one !== "");
  };
  assert.deepEqual(await complete("labferry serv"), ["service"]);
  const below = await complete("labferry report insight ");
  assert.deepEqual(below.sort(), ["add", "archive", "edit"]);
  assert.deepEqual(await complete("labferry service print --kind sy"), ["systemd"]);
  assert.deepEqual(await complete("labferry ship --init"), ["--init-destination"]);
});

testWith(["zsh"], "zsh reads its completion and knows whose it is", async () => {
  await using dir = await tempDir();
  const script = await dir.write("_labferry", zshScript(tree));
  assert.deepEqual(await run("zsh", ["-n", script]), { code: 0, said: "" });
  const line =
    `autoload -Uz compinit; compinit -u -D; source '${script}'; echo "\${_comps[labferry]}"`;
  const { code, said } = await run("zsh", ["-f", "-c", line]);
  assert.deepEqual({ code, said }, { code: 0, said: "_labferry\n" });
});

Deno.test("PowerShell's table has every command, in single quotes that end", () => {
  const script = powershellScript(tree);
  for (const { path } of allBelow(tree)) assert.ok(script.includes(`    '${path}' = @(`), path);
  for (const line of script.split("\n").filter((one) => /^ {4}'/.test(one))) {
    assert.match(line, /^ {4}'[a-z -]+' = @\('[\w-]+'(, '[\w-]+')*\)$/);
  }
});

testWith(
  ["groff"],
  "groff reads the manual page without a warning, and every command is in it",
  async () => {
    await using dir = await tempDir();
    const page = await dir.write("labferry.1", manualPage(tree));
    const { code, said } = await run("groff", ["-man", "-ww", "-Tascii", "-P-cbou", page]);
    assert.equal(code, 0, said);
    assert.doesNotMatch(said, /warning|error:/);
    const plain = said.replace(/\s+/g, " ");
    for (const { path, commands } of allBelow(tree)) {
      if (commands.length === 0) assert.ok(plain.includes(path), path);
    }
  },
);
