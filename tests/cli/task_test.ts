/** `deno task labferry` runs in the checkout; what a person names is in the folder they are in. */
import assert from "node:assert/strict";
import { exists } from "../contract/stage.ts";
import { openLab, writeFiles } from "../support/lab.ts";

Deno.test("deno task labferry takes relative paths from the caller's folder", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("a place/scan"), { "a.dat": "alpha" });
  const { INIT_CWD: _of_this_test, ...env } = lab.env;
  const { pathname } = new URL("../../deno.json", import.meta.url);
  const ship = ["ship", "scan", "--to", "./nas", "--state-dir", "./state"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "--config", pathname, "labferry", ...ship],
    cwd: lab.join("a place"),
    clearEnv: true,
    env,
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.ok(await exists(lab.join("a place/nas/scan/a.dat")));
});
