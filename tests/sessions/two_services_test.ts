/** One recording over two PCs: two services, two state directories, two installations, one NAS. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { EventView } from "../../lib/control/mod.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { labferry } from "../support/lab_programs.ts";
import { LIMIT_MS, SOON } from "../support/intake_lab.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const PARTS = ["PROBE_01", "PROBE_02"] as const;

Deno.test("a session over two PCs is complete, on both, when both parts are proven", async () => {
  await using dir = await tempDir("labferry-rigs-");
  const rig = async (id: typeof PARTS[number]): Promise<Lab> => {
    const other = PARTS.find((one) => one !== id)!;
    await Deno.mkdir(dir.join(id));
    const lab = await openLab({
      equipment: { [id]: "mount" },
      farBases: { [id]: dir.join("nas", id) },
      signals: {
        [id]: [
          "preset: spikeglx",
          `intake: { watch: [${JSON.stringify(dir.join(id))}], project: Ephys }`,
          `session: { id: { pattern: "^(?<session>[^_]+)_g" }, parts: [${PARTS.join(", ")}] }`,
        ],
      },
      syncYaml: SOON,
      moreYaml: `sessions: { bases: [${JSON.stringify(dir.join("nas", other))}] }`,
    });
    await markDestinations(lab);
    return lab;
  };
  await using one = await rig("PROBE_01");
  await using two = await rig("PROBE_02");
  const record = async (id: string, name: string) => {
    await dir.write(`${id}/${name}/a_imec0/a.ap.bin`, "12345678");
    await dir.write(`${id}/${name}/a_imec0/a.ap.meta`, "fileSizeBytes=8\nfileSHA1=AB\n");
  };
  await using first = await startDaemon({ config: one.config, stateDir: one.stateDir });
  await record("PROBE_01", "Mouse12_g0");
  // Belongs to none, and goes all the same.
  await record("PROBE_01", "test recording");
  await until(async () => {
    const jobs = await first.control.jobs({});
    return jobs.length === 2 && jobs.every(({ state }) => state === "verified");
  }, { what: "the first rig's runs to be proven", limitMs: LIMIT_MS });
  const [half, ...more] = await first.control.sessions();
  assert.deepEqual([half!.id, half!.complete, more.length], ["mouse12", false, 0]);
  assert.deepEqual(half!.parts.map(({ equipment_id, state }) => [equipment_id, state]), [
    ["PROBE_01", "proven"],
    ["PROBE_02", "missing"],
  ]);
  const said = await labferry(one, ["status"]);
  assert.match(said.stdout, /Session mouse12: 1 of 2 parts are proven; it waits for PROBE_02/);

  await using second = await startDaemon({ config: two.config, stateDir: two.stateDir });
  await record("PROBE_02", "mouse12_g0");
  await until(async () => (await second.control.jobs({}))[0]?.state === "verified", {
    what: "the second rig's run to be proven",
    limitMs: LIMIT_MS,
  });
  for (const { control } of [first, second]) {
    const [whole] = await control.sessions();
    assert.deepEqual([whole!.id, whole!.complete, whole!.faults], ["mouse12", true, []]);
  }
  // The last part's timeline, and with it the report, says that the whole is there.
  const [job] = await second.control.jobs({});
  let told: EventView | undefined;
  await until(async () => {
    const events = await second.control.history(job!.id);
    told = events.find(({ kind }) => kind === "session_part");
    return told !== undefined;
  }, { what: "the timeline to tell of the session" });
  assert.deepEqual(told?.detail, { session: "mouse12", parts: 2, is_complete: true, waits: [] });
  const shown = await labferry(two, ["session", "Mouse12"]);
  assert.match(shown.stdout, /Session mouse12: complete: all 2 parts are proven/);
  assert.match(shown.stdout, /PROBE_01: proven/);

  // What somebody else wrote under our name is set aside, and ours stands there again.
  const file = join(two.farBase("PROBE_02"), ".labferry-fleet/sessions/mouse12/PROBE_02.json");
  await Deno.writeTextFile(file, "torn {");
  assert.match((await first.control.sessions())[0]!.faults.join(), /PROBE_02\.json: it is torn/);
  await record("PROBE_02", "mouse12_g1");
  await until(async () => {
    const [whole] = await first.control.sessions();
    return whole!.complete && whole!.parts[1]!.runs.length === 2;
  }, { what: "both runs of the second rig to be said", limitMs: LIMIT_MS, everyMs: 100 });
  const aside = join(two.farBase("PROBE_02"), ".labferry-superseded/.labferry-fleet/sessions");
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(join(aside, "mouse12"))) {
    texts.push(await Deno.readTextFile(join(aside, "mouse12", name, "PROBE_02.json")));
  }
  assert.deepEqual(texts, ["torn {"]);
});
