/** A NAS that is at another address now (`rules.md` 12): held, never taken for damage, proven anew. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { assertProven } from "../support/far_proof.ts";
import { filesBelow } from "../contract/stage.ts";

const CUSTODY = [
  "verify: { min_gap_hours: 0 }",
  "nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: 1, allow_same_disk: true }",
].join("\n");

testWith(
  ["pastCache"],
  "a destination at another address holds everything until a person says that it moved",
  async () => {
    await using lab = await openLab({ moreYaml: CUSTODY });
    const run = (...args: string[]) => labferry(lab, args);
    const well = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    await well("destination", "init");
    const kept = await lab.makeRun({ "a.dat": "alpha", "b.dat": "beta" });
    const gone = await lab.makeRun({ "c.dat": "gamma" });
    for (const path of [kept, gone]) await well("enqueue", path, "--wait");
    await well("clean", gone);
    const base = lab.farBase("PLATE_01");
    const moved = `${base}-new`;
    await new Deno.Command("cp", { args: ["-a", base, moved] }).output();
    const text = await Deno.readTextFile(lab.configFile);
    await Deno.writeTextFile(lab.configFile, text.replaceAll(`"${base}"`, `"${moved}"`));
    const before = await filesBelow(moved);

    // Nothing is sent, compared, deleted or called damaged there.
    await well("destination", "init");
    for (const args of [["verify", kept], ["verify", gone], ["clean", kept]]) {
      const refused = await run(...args);
      assert.notEqual(refused.code, 0, args.join(" "));
      if (args[0] === "verify") assert.match(refused.stderr, /destination move PLATE_01/);
    }
    assert.equal((await filesBelow(kept)).filter((path) => !path.startsWith(".exlab")).length, 2);
    assert.deepEqual(await filesBelow(moved), before);
    const states = async () => {
      const { counts, not_proven, alarmed } = JSON.parse(await well("status", "--json"));
      return { counts, not_proven, alarmed };
    };
    assert.deepEqual((await states()).counts, {
      ...(await states()).counts,
      verified: 1,
      cleaned: 1,
    });

    assert.match(await well("destination", "move", "PLATE_01"), /2 runs will be proven at/);
    const after = await states();
    assert.deepEqual([after.counts.queued, after.counts.cleaned, after.not_proven, after.alarmed], [
      1,
      1,
      1,
      0,
    ]);
    await well("enqueue", kept, "--wait");
    await well("verify", gone);
    assert.deepEqual(await states(), {
      counts: { ...after.counts, queued: 0, verified: 1 },
      not_proven: 0,
      alarmed: 0,
    });
    // What was copied was compared, not sent, and the old base was left alone.
    for (const path of [kept, gone]) await assertProven(lab.farRun(path).replace(base, moved));
    for (const path of [kept, gone]) await assertProven(lab.farRun(path));
    assert.match(await well("destination", "move", "PLATE_01"), /no run of it went anywhere else/);
  },
);

testWith(["noWine"], "destination move takes no folder without a mark for the NAS", async () => {
  await using lab = await openLab();
  await labferry(lab, ["destination", "init"]);
  const base = lab.farBase("PLATE_01");
  await Deno.mkdir(`${base}-new`);
  const text = await Deno.readTextFile(lab.configFile);
  await Deno.writeTextFile(lab.configFile, text.replaceAll(`"${base}"`, `"${base}-new"`));
  const { code, stderr } = await labferry(lab, ["destination", "move", "PLATE_01"]);
  assert.equal(code, 4, stderr);
  assert.match(stderr, /not marked as labferry's/);
});
