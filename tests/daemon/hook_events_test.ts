/** What happens to runs reaches the commands that a configuration names for it. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

testWith(
  ["linux"],
  "the service tells of runs that are proven, let go, blocked, damaged over there, or need a person",
  async () => {
    const told = await Deno.makeTempFile({ prefix: "labferry-told-" });
    const names = ["on_verified", "on_cleaned", "on_blocked", "on_far_damage", "on_failed"];
    const command = JSON.stringify(["sh", "-c", 'printf "%s\\n" "$1 $2" >> "$0"', told]);
    const hook = command.replace(/\]$/, ', "{event}", "{run}"]');
    await using lab = await openLab({
      moreYaml: [
        "verify: { min_gap_hours: 0 }",
        "nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: 1, allow_same_disk: true }",
        "hooks:",
        ...names.map((name) => `  ${name}: ${hook}`),
      ].join("\n"),
    });
    const init = await labferry(lab, ["destination", "init"]);
    assert.equal(init.code, 0, init.stderr);
    const good = await lab.makeRun({ "a.dat": "alpha" });
    const blocked = await lab.makeRun({ "CON": "no name for a share" });
    const taken = await lab.makeRun({ "a.dat": "beta" });
    await Deno.mkdir(lab.farRun(taken), { recursive: true });
    await Deno.writeTextFile(`${lab.farRun(taken)}/a.dat`, "somebody else's");
    const hears = (line: string) =>
      until(async () => (await Deno.readTextFile(told)).split("\n").includes(line), {
        what: line,
      });
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    for (const run of [good, blocked, taken]) await daemon.control.enqueue(run);
    await hears(`verified ${good}`);
    await hears(`cleaned ${good}`);
    await hears(`blocked ${blocked}`);
    await hears(`failed ${taken}`);
    await Deno.writeTextFile(`${lab.farRun(good)}/a.dat`, "ALPHA");
    await daemon.control.verify(good);
    await hears(`far_damage ${good}`);
    await Deno.remove(told);
  },
);
