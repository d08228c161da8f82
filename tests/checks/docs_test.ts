import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildProgram } from "../../lib/cli/program.ts";
import { commandFault, docFaults } from "../../scripts/checks/docs.ts";
import { DIAGRAM } from "../../lib/jobs/mod.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

Deno.test("docFaults finds every command, link and path of the documents in the project", async () => {
  assert.deepEqual(await docFaults(ROOT), []);
});

Deno.test("commandFault names a command and an option that do not exist", () => {
  assert.match(commandFault("labferry teleport RUN") ?? "", /no command "teleport"/);
  assert.match(commandFault("labferry ship DIR --to X --fast") ?? "", /no option --fast/);
  assert.equal(commandFault('labferry run new --equipment E --project "Cortex Q3" --test'), null);
});

Deno.test("the table in docs/architecture.md is the state machine's diagram", async () => {
  const text = await Deno.readTextFile(`${ROOT}/docs/architecture.md`);
  const block = /<!-- state-machine -->([\s\S]*?)<!-- \/state-machine -->/.exec(text)?.[1] ?? "";
  const rows = [...block.matchAll(/^\| (\w+) *\| *([\w, ]*?) *\|$/gm)].filter(([, from]) =>
    from !== "from"
  );
  const drawn = Object.fromEntries(
    rows.map((
      [, from, to],
    ) => [
      from,
      (to ?? "").split(",").map((state) => state.trim()).filter((state) => state !== ""),
    ]),
  );
  assert.deepEqual(drawn, DIAGRAM);
});

Deno.test("the rooms in docs/architecture.md are the folders of lib", async () => {
  const text = await Deno.readTextFile(`${ROOT}/docs/architecture.md`);
  const drawn = [...text.matchAll(/^ {2}(\w+)\/ {2,}/gm)].map((match) => match[1]);
  const rooms: string[] = [];
  for await (const entry of Deno.readDir(`${ROOT}/lib`)) {
    if (entry.isDirectory) rooms.push(entry.name);
  }
  assert.deepEqual(drawn.sort(), rooms.sort());
});

Deno.test("every command of the program stands in a shell block of the documents", async () => {
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(`${ROOT}/docs`)) {
    if (name.endsWith(".md")) texts.push(await Deno.readTextFile(`${ROOT}/docs/${name}`));
  }
  const lines = texts.flatMap((text) => [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)])
    .flatMap((block) => block[1]!.split("\n"));
  const missing = commandPaths(buildProgram(() => Promise.resolve())).filter((path) =>
    !lines.some((line) => line === path || line.startsWith(`${path} `))
  );
  assert.deepEqual(missing, []);
});

Deno.test("every page of docs stands in README.md", async () => {
  const readme = await Deno.readTextFile(`${ROOT}/README.md`);
  for await (const { name } of Deno.readDir(`${ROOT}/docs`)) {
    if (name.endsWith(".md")) assert.ok(readme.includes(`](docs/${name})`), name);
  }
});

/** What stands below `report` is a table of docs/reports.md. */
function commandPaths(command: Program, above = "labferry"): string[] {
  return command.commands.filter((one) => one.name() !== "report").flatMap((one) => {
    const path = `${above} ${one.name()}`;
    return one.commands.length === 0 ? [path] : commandPaths(one, path);
  });
}

type Program = ReturnType<typeof buildProgram>;
