/** The configuration of the contract, and ExLab-Wizard's: both are understood to the last key. */
import assert from "node:assert/strict";
import { isMap, isSeq, parseDocument } from "yaml";
import { type Config, NO_RULES } from "../../lib/config/mod.ts";
import { check, configOf, problemsOf } from "./support.ts";

const contract = await Deno.readTextFile(new URL("contract.yaml", import.meta.url));
const exlab = await Deno.readTextFile(new URL("../fixtures/exlab-config.yaml", import.meta.url));

const EXPECTED: Config = {
  equipment: [
    {
      id: "CONFOCAL_01",
      label: "Confocal Microscope 1",
      localRoot: "/data/lab",
      nasRoot: "//nas01/lab",
      syncMode: "nas",
      completeness: { signal: "sentinel_file", filenames: ["acquisition_complete.flag"] },
      intake: {
        watch: ["D:/ZEN/out"],
        project: "Cortex Q3",
        mode: "adopt",
        existing: "all",
        run: { kind: "folder" },
      },
      rules: NO_RULES,
      pull: null,
      session: null,
      origin: [],
      headStart: false,
      expectEveryHours: null,
      transport: {
        type: "rclone",
        remote: "lab-nas",
        remotePath: "lab/CONFOCAL_01",
        bandwidth: {
          uploadMbps: 50,
          windows: [{
            days: ["mon", "tue", "wed", "thu", "fri"],
            fromMinute: 480,
            toMinute: 1080,
          }],
        },
      },
    },
    {
      id: "FLOW_01",
      label: "Flow Cytometer 1",
      localRoot: "/data/lab",
      nasRoot: "/mnt/nas/lab",
      syncMode: "nas",
      completeness: { signal: "manifest", filename: "run_manifest.json" },
      intake: null,
      rules: NO_RULES,
      pull: null,
      session: null,
      origin: [],
      headStart: false,
      expectEveryHours: null,
      transport: {
        type: "rsync_ssh",
        target: "labuser@nas01.lab.example",
        keyPath: "/home/lab/.ssh/id_ed25519",
        port: 22,
        remotePath: "/srv/lab/FLOW_01",
        bandwidth: { uploadMbps: null, windows: [] },
      },
    },
    {
      id: "PLATE_01",
      label: "Plate reader",
      localRoot: "/data/lab",
      nasRoot: "/mnt/nas/lab",
      syncMode: "nas",
      completeness: { signal: "quiet_period", quietMinutes: 15 },
      intake: null,
      rules: NO_RULES,
      pull: null,
      session: null,
      origin: [],
      headStart: false,
      expectEveryHours: null,
      transport: {
        type: "mount",
        path: "/mnt/nas/lab/PLATE_01",
        bandwidth: { uploadMbps: null, windows: [] },
      },
    },
  ],
  sync: { enabled: true, maxParallel: 2, scanSeconds: 30, settleSeconds: 30, litter: "skip" },
  yielding: null,
  verify: {
    minGapHours: 12,
    scrubDays: 90,
    scrub: "full",
    scrubMaxGibPerDay: null,
    maxStreamBytes: 0,
    repair: false,
  },
  nasCleanup: {
    enabled: false,
    minVerifyPasses: 2,
    minAgeHours: 24,
    retainCache: true,
    rehash: true,
    allowSameDisk: false,
    acceptProviderAsserted: false,
    keepFreeGb: null,
    keepFreePercent: null,
  },
  restore: { roots: [] },
  records: { license: null },
  drill: { maxBytes: 2 * 2 ** 30 },
  fleet: { heartbeatSeconds: 300 },
  sessions: { bases: [] },
  validator: {
    contentScanMaxMib: 5,
    contentScanExtensions: ".txt .md .csv .tsv .json .yaml .yml .toml .ini .cfg .conf .xml .sh .py"
      .split(" "),
    symlinks: "block",
    windowsNames: false,
    maxPath: 4096,
  },
  orchestrator: {
    enabled: false,
    label: "Lab Acquisition Station 01",
    stagingRoot: "/staging",
    transport: null,
    stagingCleanup: { mode: "manual", retainHours: 24 },
  },
  status: { listen: "127.0.0.1", port: 8787 },
  hooks: { on_failed: ["/usr/local/bin/notify", "{event}", "{run}", "{message}"] },
  logging: { level: "info", centralLogMaxMb: 10, centralLogKeep: 5 },
};

Deno.test("checkConfigText understands the whole configuration of the contract", () => {
  assert.deepEqual(configOf(contract), EXPECTED);
  assert.deepEqual(check(contract).notices, []);
});

Deno.test("checkConfigText gives the contract's values to a file that is silent", () => {
  const { equipment: _, orchestrator, hooks, ...rest } = configOf("");
  const { equipment: __, orchestrator: ___, hooks: ____, ...expected } = EXPECTED;
  assert.deepEqual(rest, expected);
  assert.deepEqual(hooks, {});
  assert.deepEqual(orchestrator, {
    enabled: false,
    label: null,
    stagingRoot: null,
    transport: null,
    stagingCleanup: { mode: "manual", retainHours: 24 },
  });
});

Deno.test("checkConfigText reads every key of the contract: another name of it is an error", () => {
  const doc = parseDocument(contract);
  let keys = 0;
  const rename = (node: unknown): void => {
    if (isSeq(node)) return node.items.forEach(rename);
    if (!isMap(node)) return;
    for (const pair of node.items) {
      const key = pair.key as { value: string };
      const name = key.value;
      key.value = `${name}_zzz`;
      const { problems } = check(doc.toString());
      key.value = name;
      const unknown = problems.filter((p) => p.what === "unknown key" && p.key.endsWith("_zzz"));
      // A transport of no type is not judged further: its missing type is the problem.
      assert.ok(unknown.length === 1 || name === "type", `${name}: ${JSON.stringify(problems)}`);
      assert.ok(problems.length > 0, name);
      keys++;
      rename(pair.value);
    }
  };
  rename(doc.contents);
  assert.equal(keys, contract.match(/\b[a-z_]+:(?=\s)/g)?.length);
});

Deno.test("checkConfigText freezes the configuration to its depths", () => {
  const config = configOf(contract);
  assert.throws(() => {
    (config.equipment[0]!.transport.bandwidth as { uploadMbps: number }).uploadMbps = 1;
  }, TypeError);
  assert.throws(() => (config.equipment as unknown[]).push({}), TypeError);
});

Deno.test("checkConfigText accepts ExLab-Wizard's configuration as it is", () => {
  const { notices } = check(exlab);
  const config = configOf(exlab);
  assert.deepEqual(notices, [
    "sections of another program are ignored: paths, lims, readme, operators, plugins",
    "sync.retry_attempts is ignored: retries follow the kind of failure",
    "nas_cleanup.enabled: ExLab-Wizard reads this file too and deletes local copies without labferry's proof; give labferry a file of its own, and switch it off in the other",
    "sync.enabled: ExLab-Wizard reads this file too, and both would send the same runs; give labferry a file of its own, and switch it off in the other",
  ]);
  assert.deepEqual(config.equipment.map(({ id }) => id), ["CONFOCAL_01", "FLOW_01", "PLATE_02"]);
  assert.equal(config.equipment[2]!.syncMode, "stage");
  assert.deepEqual(config.equipment[2]!.transport, {
    type: "mount",
    path: "/mnt/station/PLATE_02",
    bandwidth: { uploadMbps: null, windows: [] },
  });
  assert.equal(config.orchestrator.enabled, true, "on because staging_root is set");
  assert.equal(config.nasCleanup.enabled, true, "the file says so");
  assert.equal(config.nasCleanup.rehash, true);
});

Deno.test("checkConfigText leaves deletion off where an ExLab-Wizard file has no nas_cleanup", () => {
  const without = exlab.split("\n").filter((line) => !line.startsWith("nas_cleanup")).join("\n");
  assert.equal(configOf(without).nasCleanup.enabled, false);
  assert.equal(configOf("nas_cleanup: { min_age_hours: 0 }").nasCleanup.enabled, false);
  assert.equal(configOf("nas_cleanup:\n").nasCleanup.enabled, false);
});

Deno.test("checkConfigText takes ExLab-Wizard's null and empty text for what is not set", () => {
  const text = exlab.replace(
    'manifest_filename: "run_manifest.json"',
    'manifest_filename: "run_manifest.json"\n    sentinel_filename: ""\n    intake: null\n    quiet_minutes: null',
  );
  assert.notEqual(text, exlab);
  assert.deepEqual(configOf(text), configOf(exlab));
});

Deno.test("checkConfigText takes ExLab-Wizard's own spellings", () => {
  const theirs = exlab
    .replace('from: "08:00"', 'from_: "08:00"')
    .replace(
      'label: "Lab Acquisition Station 01", staging_root: "/staging"',
      'label: "", staging_root: ""',
    )
    .replace('level: "INFO"', 'level: "warn"');
  assert.match(theirs, /from_: "08:00"[^]*level: "warn"[^]*staging_root: ""/);
  const config = configOf(theirs);
  assert.deepEqual(config.equipment, configOf(exlab).equipment);
  assert.equal(config.orchestrator.label, null);
  assert.equal(config.orchestrator.stagingRoot, null);
  assert.equal(config.orchestrator.enabled, false, "no staging area, no orchestrator");
  assert.equal(config.logging.level, "warning");
  for (const [written, level] of [["Debug", "debug"], ["info", "info"], ["WARN", "warning"]]) {
    assert.equal(configOf(`logging: { level: ${written} }`).logging.level, level);
  }
  const both = exlab.replace('from: "08:00"', 'from: "08:00", from_: "09:00"');
  assert.match(problemsOf(both).join(), /from_: unknown key/);
  assert.match(
    problemsOf("logging: { level: loud }").join(),
    /must be one of DEBUG.*found the text "loud"/,
  );
});
