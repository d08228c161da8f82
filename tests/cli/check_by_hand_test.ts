/** The receipt's command is run as it stands. */
import assert from "node:assert/strict";
import { checkByHand } from "../../lib/control/mod.ts";
import { openLab, writeFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";

testWith(
  ["sha256sum"],
  "the receipt's check can be pasted, whatever the folder is called",
  async () => {
    await using lab = await openLab();
    const run = "day 1; it's $HOME";
    await writeFiles(lab.join(run), { "a.dat": "alpha" });
    const { stdout } = await labferry(lab, ["ship", lab.join(run), "--to", lab.join("my nas")]);
    const command = /check it +(.*)/.exec(stdout)?.[1];
    const shell = new Deno.Command("sh", { args: ["-c", command ?? "false"] });
    const checked = await shell.output();
    assert.equal(checked.code, 0, `${command}: ${new TextDecoder().decode(checked.stderr)}`);
    assert.match(new TextDecoder().decode(checked.stdout), /^a\.dat: OK$/m);
  },
);

Deno.test("checkByHand says where, when the place is not a folder of this computer", () => {
  const far_path = "scan";
  assert.match(
    checkByHand({ destination: "labuser@nas01:/srv/in", far_path }),
    /^on labuser@nas01: cd \/srv\/in\/scan && sha256sum -c /,
  );
  assert.match(
    checkByHand({ destination: "lab-nas:inbox", far_path }),
    /lab-nas:inbox\/scan: sha256sum/,
  );
});
