/** An account that nobody names: in a container, or while the lab's directory server is away. */
import assert from "node:assert/strict";
import { openLab, writeFiles } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { PROGRAM } from "../support/program.ts";

const NOBODYS = 54_321;

testWith(
  ["unshare"],
  "labferry works for an account without a name, and says its number",
  async () => {
    await using lab = await openLab();
    const dir = lab.join("scan");
    await writeFiles(dir, { "a.dat": "alpha" });
    const { code, stderr } = await new Deno.Command("unshare", {
      args: [
        ...["--user", `--map-user=${NOBODYS}`, `--map-group=${NOBODYS}`],
        ...[Deno.execPath(), ...PROGRAM],
        ...["ship", dir, "--to", lab.join("b"), "--state-dir", lab.stateDir.path],
      ],
      env: { ...lab.env },
      stdin: "null",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const mark = await Deno.readTextFile(lab.join("b/.labferry-destination.json"));
    assert.match(mark, new RegExp(`"uid-${NOBODYS}@`));
  },
);
