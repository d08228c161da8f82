import assert from "node:assert/strict";
import { addNote } from "../../lib/reports/mod.ts";
import { testWith } from "../support/needs.ts";
import { CLI, testStore } from "./support.ts";

testWith(
  ["sha256sum", "unix"],
  "docs/reports.md: a line of the history is checked with a shell alone",
  async () => {
    const page = await Deno.readTextFile(new URL("../../docs/reports.md", import.meta.url));
    const [, script] = /```sh\n([\s\S]*?)```/.exec(page)!;
    await using t = await testStore();
    const report = await t.store.create({ title: "Cortex" }, CLI);
    for (const text of ["one", "two"]) await report.change(addNote({ text, author: "Ada" }), CLI);
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", script!],
      cwd: report.folder.path,
      stdin: "null",
    }).output();
    const { chain } = (await Array.fromAsync(report.history()))[2]!;
    assert.equal(new TextDecoder().decode(stdout).slice(0, 64), chain!.hash);
  },
);
