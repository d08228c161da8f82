import assert from "node:assert/strict";
import { sep } from "node:path";
import { auditTree, type Finding, gatherAudit, holdsRunsBack, RULES } from "../../lib/gate/mod.ts";
import { DEFAULT_GATE_SETTINGS } from "../../lib/gate/settings.ts";
import { testWith } from "../support/needs.ts";
import { creationText, Lab, RUN } from "./lab.ts";

function brief(findings: readonly Finding[], root: string): string[] {
  return findings.map(({ tier, rule, offending_path }) =>
    `${tier} ${rule} ${offending_path.slice(root.length + 1).replaceAll(sep, "/")}`
  );
}

async function cleanLab(lab: Lab): Promise<void> {
  const project = await lab.project();
  await lab.run();
  await lab.run("CONFOCAL_01/Cortex/TestRuns/TestRun_2026-04-17T09-12", { run_kind: "test" });
  const marker = { schema_version: "1.0", created_at: "2026-04-17T14:32:00Z", project: "Cortex" };
  await lab.write(
    "CONFOCAL_01/Cortex/Runs/.exlab-wizard/runs.json",
    JSON.stringify({ ...marker, run_kind: "experimental", equipment: "CONFOCAL_01" }),
  );
  await lab.write("CONFOCAL_01/.exlab-wizard/wizard.pc.log", "<not> looked at\n");
  await lab.write("CONFOCAL_01/.exlab-wizard/templates/<t>/{{ x }}.md", "<x>");
  await lab.write("CONFOCAL_01/.labferry-superseded/Cortex/a:b", "x");
  await lab.write("CONFOCAL_01/Cortex/README.md", "---\ntitle: Cortex\n---\nUse <Tag> freely.\n");
  await lab.write(`${RUN}/.exlab-wizard/creation.json.lock`, "");
  await lab.write(`${RUN}/.exlab-wizard/creation.json.a1b2.tmp`, "<x>");
  await lab.write(`${RUN}/README.md`, "---\noperator: asmith\n---\nAdd <2 mM> or <Tag>.\n");
  await lab.write(`${RUN}/OME.xml`, "<OME><Image><Pixels/></Image></OME>");
  await lab.write(`${RUN}/CONFOCAL notes.txt`, "a < b and b > c, <2 mM>, {braces}\n");
  await lab.write(`${RUN}/binary.txt`, new Uint8Array([60, 97, 62, 0, 60, 97, 62]));
  await lab.write(`${RUN}/${"n".repeat(255)}`, "");
  await lab.write(`${RUN}/sub/.hidden/ leading`, "");
  assert.ok(project.endsWith("Cortex"));
}

testWith(["anyNames"], "auditTree finds nothing in a clean tree", async () => {
  await using lab = await Lab.make();
  await cleanLab(lab);
  const result = await gatherAudit(auditTree(lab.root));
  assert.deepEqual(brief(result.findings, lab.root), []);
  assert.deepEqual(result.problems, []);
  assert.equal(result.runs, 2);
  assert.equal(holdsRunsBack(result), false);
});

/** Longer than every other path of the lab. */
const DEEP = `${"d".repeat(120)}/er.tif`;

const FAULTS = [
  "hard unresolved_placeholder_token CONFOCAL_01/Cortex/Runs/Run_A/<run_date>.tif",
  "hard leftover_jinja_marker CONFOCAL_01/Cortex/Runs/Run_A/{{ x }}",
  "hard illegal_filesystem_character CONFOCAL_01/Cortex/Runs/Run_A/a:b",
  "hard reserved_filesystem_name CONFOCAL_01/Cortex/Runs/Run_A/con.txt",
  "hard mode_prefix_mismatch CONFOCAL_01/Cortex/Runs/TestRun_B",
  "soft unsafe_project_name CONFOCAL_01/ Leading",
  "hard case_collision CONFOCAL_01/Cortex/Runs/Run_A/twin.tif",
  "hard unsupported_file_type CONFOCAL_01/Cortex/Runs/Run_A/link",
  "hard invalid_utf8_name CONFOCAL_01/Cortex/Runs/Run_A/caf\uFFFD",
  `soft path_too_long CONFOCAL_01/Cortex/Runs/Run_A/${DEEP}`,
  "soft orphan CONFOCAL_01/Cortex/Runs/Run_C",
  "soft missing_required_field CONFOCAL_01/Cortex/Runs/Run_D/.exlab-wizard/creation.json",
  "soft malformed_record CONFOCAL_01/Cortex/Runs/Run_E/.exlab-wizard/creation.json",
  "soft malformed_yaml_front_matter CONFOCAL_01/Cortex/Runs/Run_A/README.md",
];

/** Makes the faults and says how long a path may be for one of them to be too long. */
async function faultyLab(lab: Lab): Promise<number> {
  await lab.project();
  await lab.project("CONFOCAL_01/ Leading");
  const a = "CONFOCAL_01/Cortex/Runs/Run_A";
  await lab.run(a);
  for (const name of ["<run_date>.tif", "{{ x }}", "a:b", "con.txt", "Twin.tif", "twin.tif"]) {
    await lab.write(`${a}/${name}`);
  }
  Deno.symlinkSync("plane_0001.tif", lab.at(a, "link"));
  const made = new Deno.Command("python3", {
    args: [
      "-c",
      "import os,sys; open(os.fsencode(sys.argv[1])+b'/caf\\xe9','w').close()",
      lab.at(a),
    ],
  }).outputSync();
  assert.ok(made.success, new TextDecoder().decode(made.stderr));
  await lab.write(`${a}/${DEEP}`);
  await lab.write(`${a}/README.md`, "---\ntitle: x\n");
  await lab.run("CONFOCAL_01/Cortex/Runs/TestRun_B", { run_kind: "test" });
  await lab.write("CONFOCAL_01/Cortex/Runs/Run_C/plane.tif");
  await lab.run("CONFOCAL_01/Cortex/Runs/Run_D", { lims_project: undefined });
  await lab.write("CONFOCAL_01/Cortex/Runs/Run_E/.exlab-wizard/creation.json", '{"schema');
  return new TextEncoder().encode(lab.at(a, DEEP)).length - 1;
}

testWith(["linux", "python"], "auditTree finds one of every fault, each once", async () => {
  await using lab = await Lab.make();
  const settings = { ...DEFAULT_GATE_SETTINGS, maxPath: await faultyLab(lab) };
  const whole = await gatherAudit(auditTree(lab.root, { settings }));
  assert.deepEqual(brief(whole.findings, lab.root).sort(), [...FAULTS].sort());
  assert.deepEqual(whole.problems, []);
  assert.equal(whole.runs, 5);
  assert.equal(holdsRunsBack(whole), true);
  const rules = new Set(FAULTS.map((fault) => fault.split(" ")[1]));
  // What an instrument stated is compared while a run is read to be sent, not by an audit.
  assert.deepEqual(RULES.filter((rule) => !rules.has(rule)), ["origin_differs"]);
});

testWith(["linux", "python"], "auditTree finds paths longer than max_path", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  const bound = new TextEncoder().encode(`${run}/plane_0001.tif`).length;
  await lab.write(`${RUN}/sub/plane_0001.tif`);
  const settings = { ...DEFAULT_GATE_SETTINGS, maxPath: bound };
  const result = await gatherAudit(auditTree(lab.root, { settings }));
  assert.deepEqual(brief(result.findings, lab.root), [
    `soft path_too_long ${RUN}/sub/plane_0001.tif`,
  ]);
  const far = { settings, destinationBases: { CONFOCAL_01: "/mnt" } };
  assert.deepEqual((await gatherAudit(auditTree(lab.root, far))).findings, []);
});

testWith(["linux", "python"], "auditTree gives the same bytes each time", async () => {
  await using lab = await Lab.make();
  await faultyLab(lab);
  const first = await gatherAudit(auditTree(lab.root));
  const second = await gatherAudit(auditTree(lab.root));
  assert.equal(JSON.stringify(first.findings), JSON.stringify(second.findings));
  const tiers = first.findings.map((finding) => finding.tier);
  assert.deepEqual(tiers, [...tiers].sort((a, b) => (a === b ? 0 : a === "hard" ? -1 : 1)));
});

testWith(["anyNames"], "auditTree shapes a finding as the documentation says", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  await lab.write(`${RUN}/<run_date>.tif`);
  const { findings } = await gatherAudit(auditTree(run));
  assert.deepEqual(findings, [{
    rule: "unresolved_placeholder_token",
    tier: "hard",
    run_path: run,
    offending_path: `${run}/<run_date>.tif`,
    offending_kind: "file_name",
    matched_token: "<run_date>",
    rule_detail: 'the name still holds "<run_date>", which a template should have filled',
    synced_under_prior_policy: false,
    override_active: false,
  }]);
});

Deno.test("auditTree is hard on rendered content and soft on the rest", async () => {
  await using lab = await Lab.make();
  await lab.project();
  await lab.write("CONFOCAL_01/Cortex/README.md", "---\nowner: <owner>\n---\n");
  const run = await lab.run(RUN, {
    plugins_applied: [{
      plugin: "p",
      version: "1",
      files_affected: ["meta/a.txt", `${lab.at(RUN)}/b.xml`, "../outside.txt"],
      status: "success",
    }],
    rendered_files: [".\\c.sh"],
  });
  await lab.write(`${RUN}/README.md`, "---\nsample: {{ sample }}\n---\n<prose>\n");
  await lab.write(`${RUN}/meta/a.txt`, "<a>");
  await lab.write(`${RUN}/b.xml`, "<b></b><left/><over>");
  await lab.write(`${RUN}/c.sh`, "echo <c>");
  await lab.write(`${RUN}/d.txt`, "<d>");
  await lab.write(`${RUN}/other.sh`, "cat <e> f");
  await lab.write(`${RUN}/sub/README.md`, "---\nx: <f>\n---\n");
  const { findings } = await gatherAudit(auditTree(lab.root));
  assert.deepEqual(brief(findings, lab.root), [
    "hard unresolved_placeholder_token CONFOCAL_01/Cortex/README.md",
    `hard leftover_jinja_marker ${RUN}/README.md`,
    `hard unresolved_placeholder_token ${RUN}/b.xml`,
    `hard unresolved_placeholder_token ${RUN}/c.sh`,
    `hard unresolved_placeholder_token ${RUN}/meta/a.txt`,
    `soft unresolved_placeholder_token ${RUN}/d.txt`,
    `soft unresolved_placeholder_token ${RUN}/sub/README.md`,
  ]);
  assert.equal(findings.every((finding) => finding.offending_kind === "file_content"), true);
  assert.equal(findings[1]!.run_path, run);
  assert.match(findings[1]!.rule_detail, /value of sample/);
});

Deno.test("auditTree knows a rendered file whatever separators and case its record writes", async () => {
  await using lab = await Lab.make();
  await lab.project();
  await lab.run(RUN, {
    paths: { local: "D:\\lab\\Run_1", nas: "//nas/x" },
    rendered_files: [
      "d:\\LAB\\Run_1/mixed.xml",
      "D:/lab/Run_1\\sub\\a.xml",
      "sub\\b.xml",
      "D:/lab/x.xml",
    ],
  });
  for (const name of ["mixed.xml", "sub/a.xml", "sub/b.xml", "x.xml"]) {
    await lab.write(`${RUN}/${name}`, "<b></b><over>");
  }
  const { findings } = await gatherAudit(auditTree(lab.root));
  assert.deepEqual(
    brief(findings, lab.root),
    ["mixed.xml", "sub/a.xml", "sub/b.xml"].map((name) =>
      `hard unresolved_placeholder_token ${RUN}/${name}`
    ),
  );
});

Deno.test("auditTree leaves texts beyond the size cap and other extensions alone", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  await lab.write(`${RUN}/big.txt`, `<a>${" ".repeat(2 * 1024 * 1024)}`);
  await lab.write(`${RUN}/a.dat`, "<a>");
  const small = { ...DEFAULT_GATE_SETTINGS, contentScanMaxMib: 1 };
  assert.deepEqual((await gatherAudit(auditTree(run, { settings: small }))).findings, []);
  assert.equal((await gatherAudit(auditTree(run))).findings.length, 1);
  const dat = { ...small, contentScanExtensions: [".dat"] };
  assert.equal((await gatherAudit(auditTree(run, { settings: dat }))).findings.length, 1);
});

testWith(
  ["anyNames"],
  "auditTree lists a fault of a project's name once, and gives it to each of its runs",
  async () => {
    await using lab = await Lab.make();
    const project = await lab.project("CONFOCAL_01/<project>");
    for (const leaf of ["Run_1", "Run_2"]) await lab.run(`CONFOCAL_01/<project>/Runs/${leaf}`);
    const places = [];
    for await (const place of auditTree(lab.root)) places.push(place);
    const runs = places.filter((place) => place.kind === "run");
    assert.deepEqual(runs.map((run) => run.above.map((finding) => finding.offending_path)), [
      [project],
      [project],
    ]);
    assert.equal(runs[0]!.above[0]!.run_path, runs[0]!.path);
    const { findings } = await gatherAudit(places);
    assert.deepEqual(brief(findings, lab.root), [
      "hard unresolved_placeholder_token CONFOCAL_01/<project>",
    ]);
    const alone = await gatherAudit(auditTree(runs[1]!.path));
    assert.deepEqual(alone.findings.map((finding) => finding.run_path), [runs[1]!.path]);
  },
);

testWith(
  ["anyNames"],
  "auditTree masks a project's fault when each of its runs overrides it",
  async () => {
    await using lab = await Lab.make();
    await lab.project("CONFOCAL_01/<project>");
    const override = {
      id: "8c7e9d2f-1a4b-4e6c-9b3d-7f2a1e5d8c4b",
      problem_class: "unresolved_placeholder_token",
      operator: "asmith",
      recorded_at: "2026-04-18T09:14:22Z",
      reason: "vendor syntax",
      revoked: false,
    };
    const overridden = { validation_overrides: [override] };
    await lab.run("CONFOCAL_01/<project>/Runs/Run_1", overridden);
    await lab.run("CONFOCAL_01/<project>/Runs/Run_2");
    assert.equal(holdsRunsBack(await gatherAudit(auditTree(lab.root))), true);
    await lab.run("CONFOCAL_01/<project>/Runs/Run_2", overridden);
    assert.equal(holdsRunsBack(await gatherAudit(auditTree(lab.root))), false);
  },
);

testWith(
  ["anyNames"],
  "auditTree judges files, folders, runs, projects, equipment and roots",
  async () => {
    await using lab = await Lab.make();
    await lab.project();
    await lab.run();
    await lab.write(`${RUN}/sub/<a>/<b>.txt`, "<c>");
    await lab.write(`${RUN}/<d>.tif`);
    const count = async (...parts: string[]) => {
      const { findings, runs } = await gatherAudit(auditTree(lab.at(...parts)));
      return [findings.length, runs];
    };
    assert.deepEqual(await count(), [4, 1]);
    assert.deepEqual(await count("CONFOCAL_01"), [4, 1]);
    assert.deepEqual(await count("CONFOCAL_01/Cortex"), [4, 1]);
    assert.deepEqual(await count("CONFOCAL_01/Cortex/Runs"), [4, 1]);
    assert.deepEqual(await count(RUN), [4, 1]);
    assert.deepEqual(await count(RUN, "sub"), [3, 1]);
    assert.deepEqual(await count(RUN, "sub/<a>/<b>.txt"), [2, 1]);
    assert.deepEqual(await count(RUN, "<d>.tif"), [1, 1]);
    assert.deepEqual(await count(RUN, "plane_0001.tif"), [0, 1]);
    await assert.rejects(count("nowhere"), { code: "not_found" });
  },
);

Deno.test("auditTree keeps to the equipment that is named below a root", async () => {
  await using lab = await Lab.make();
  for (const id of ["CONFOCAL_01", "FLOW_01"]) {
    await lab.project(`${id}/Cortex`);
    await lab.run(`${id}/Cortex/Runs/Run_1`);
  }
  await lab.write("System Volume Information/a:b", "");
  const options = { roots: [lab.root], equipmentIds: ["FLOW_01"] };
  const result = await gatherAudit(auditTree(lab.root, options));
  assert.equal(result.runs, 1);
  assert.deepEqual(result.findings, []);
});

Deno.test("auditTree with loose asks for no records and no place", async () => {
  await using lab = await Lab.make();
  await lab.write("Export/plane.tif");
  await lab.write("Export/{{ x }}");
  const result = await gatherAudit(auditTree(lab.at("Export"), { loose: true }));
  assert.deepEqual(brief(result.findings, lab.root), ["hard leftover_jinja_marker Export/{{ x }}"]);
});

Deno.test("auditTree judges an adopted run by the place its record gives it", async () => {
  await using lab = await Lab.make();
  const folder = lab.at("elsewhere/export 17");
  await lab.write("elsewhere/export 17/plane.tif");
  const adopt = async (layout: string, run_kind: string) => {
    const text = creationText(folder, { run_kind, paths: { local: folder, nas: "", layout } });
    await lab.write("elsewhere/export 17/.exlab-wizard/creation.json", text);
    return (await gatherAudit(auditTree(folder))).findings;
  };
  assert.deepEqual(await adopt("CONFOCAL_01/Cortex/Runs/Run_1", "experimental"), []);
  const [mismatch] = await adopt("CONFOCAL_01/Cortex/Runs/Run_1", "test");
  assert.equal(mismatch?.rule, "mode_prefix_mismatch");
  const [named] = await adopt("CONFOCAL_01/<p>/Runs/Run_1", "experimental");
  assert.equal(named?.rule, "unresolved_placeholder_token");
});

Deno.test("auditTree says of hard findings on a synced run that the policy came later", async () => {
  await using lab = await Lab.make();
  await lab.project();
  await lab.run(RUN, { sync_status: "synced" });
  await lab.write(`${RUN}/a:b`);
  await lab.write(`${RUN}/a.txt`, "<soft>");
  const { findings } = await gatherAudit(auditTree(lab.root));
  assert.deepEqual(findings.map((f) => [f.tier, f.synced_under_prior_policy]), [
    ["hard", true],
    ["soft", false],
  ]);
});
