/** Every command has an example that its own table takes, and a sentence. */
import assert from "node:assert/strict";
import { COMMAND_NOTES } from "../../lib/cli/command_notes.ts";
import { allBelow, commandTree } from "../../lib/cli/command_tree.ts";
import { buildProgram } from "../../lib/cli/program.ts";

const commands = [...allBelow(commandTree(buildProgram(() => Promise.resolve())))]
  .filter((node) => node.commands.length === 0);

Deno.test("every command says what it does and has an example, and no note is of a command that is gone", () => {
  assert.ok(commands.length > 60);
  for (const { path, says, examples } of commands) {
    assert.notEqual(says, "", `${path} says nothing`);
    assert.ok(examples.length > 0, `${path} has no example in lib/cli/command_notes.ts`);
  }
  const paths = commands.map(({ path }) => path.replace("labferry ", ""));
  assert.deepEqual(Object.keys(COMMAND_NOTES).filter((path) => !paths.includes(path)), []);
});

for (const { path, examples } of commands) {
  Deno.test(`the examples of ${path} are taken by it, and shown in its help`, async () => {
    for (const example of examples) {
      assert.ok(`${example} `.startsWith(`${path} `), example);
      let ran = 0;
      const program = buildProgram(() => {
        ran++;
        return Promise.resolve();
      });
      await program.parseAsync(wordsOf(example).slice(1), { from: "user" });
      assert.equal(ran, 1, example);
    }
    let help = "";
    const program = buildProgram(() => Promise.resolve());
    program.configureOutput({ writeOut: (text) => void (help += text) });
    for (const command of program.commands) quiet(command);
    await assert.rejects(
      () => program.parseAsync([...path.split(" ").slice(1), "--help"], { from: "user" }),
      { code: "commander.helpDisplayed" },
    );
    assert.ok(examples.every((example) => help.includes(`  ${example}`)), help);

    function quiet(command: typeof program.commands[number]): void {
      command.configureOutput({ writeOut: (text) => void (help += text) });
      for (const below of command.commands) quiet(below);
    }
  });
}

/** As a shell takes them apart. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain ?? "");
}
