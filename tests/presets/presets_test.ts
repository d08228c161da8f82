/** Every preset is right for the schema, and for the order in which its instrument writes. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type Equipment, NO_RULES } from "../../lib/config/mod.ts";
import { equipmentSchema } from "../../lib/config/schema_equipment.ts";
import { judge, type Verdict } from "../../lib/intake/completeness.ts";
import { lookAt } from "../../lib/intake/look.ts";
import { type FileGroup, groupNamer } from "../../lib/records/mod.ts";
import { NO_PRESETS, PRESETS } from "../../lib/presets/mod.ts";
import { InlinePool } from "../../scripts/simulate/inline_pool.ts";
import { systemClock } from "../../lib/base/mod.ts";
import { configOf, problemsOf } from "../config/support.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type Step, VENDOR_ORDERS } from "./vendor_orders.ts";

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

function configured(lines: readonly string[]): string {
  return [
    "equipment:",
    "  - id: A",
    "    local_root: /data/lab",
    "    nas_root: //nas/lab",
    "    transport: { type: mount, path: /mnt/nas/A }",
    ...lines.map((line) => `    ${line}`),
  ].join("\n");
}

/** A preset whose runs are files still needs to be told where they are. */
function presetLines(name: string): string[] {
  const isFiles = PRESETS.find((preset) => preset.name === name)?.keys.intake !== undefined;
  const intake = `intake: { watch: [/data/out], project: "Q3" }`;
  return [`preset: ${name}`, ...(isFiles ? [intake] : [])];
}

function equipmentOf(...lines: string[]): Equipment {
  return configOf(configured(lines)).equipment[0]!;
}

for (const { name } of PRESETS) {
  Deno.test(`preset ${name}: three lines of configuration know the end of a run`, async () => {
    const steps = VENDOR_ORDERS[name];
    assert.ok(steps, "no writer acts this instrument");
    assert.ok(steps.some(({ over }) => over !== null));
    const equipment = equipmentOf(...presetLines(name));
    await using run = await tempDir("labferry-preset-");
    for (const [i, step] of steps.entries()) {
      await act(run.path, step);
      const verdict = await judged(run.path, equipment);
      const what = `step ${i + 1}: ${JSON.stringify(verdict)}`;
      assert.equal(verdict.kind === "complete", step.over !== null, what);
      if (verdict.kind !== "complete") continue;
      assert.equal(verdict.evidence.outcome ?? "", step.over, what);
      assert.equal(verdict.evidence.preset, name);
    }
  });
}

Deno.test("every preset says where it is known from, and no two have one name", () => {
  assert.equal(new Set(PRESETS.map(({ name }) => name)).size, PRESETS.length);
  for (const { name, source, over, grade, keys } of PRESETS) {
    assert.match(name, /^[a-z0-9-]+$/);
    assert.ok(source.length > 10 && over.length > 10, name);
    // What is inferred waits for long.
    if (grade === "U") assert.ok((keys.quiet_minutes ?? 0) >= 30, name);
    const entry = {
      id: "A",
      local_root: "/d",
      nas_root: "//n",
      completeness_signal: "done",
      ...keys,
      ...(keys.intake ? { intake: { ...keys.intake, watch: ["/d2"], project: "P" } } : {}),
    };
    assert.deepEqual(equipmentSchema.safeParse(entry).error?.issues ?? [], [], name);
  }
  for (const { why, instead } of NO_PRESETS) assert.ok(why.length > 10 && instead.length > 10);
});

Deno.test("the file's own keys stand above the preset's, one by one", () => {
  const { rules, completeness } = equipmentOf(
    "preset: illumina-novaseq-6000",
    "forbid: ['*.busy']",
    "quiet_minutes: 7",
  );
  assert.deepEqual(rules.forbid, ["*.busy"]);
  assert.equal(rules.stalledAfterHours, 7 * 24);
  assert.ok(completeness.signal === "done");
  assert.deepEqual(completeness.done.all, ["RTAComplete.txt", "CopyComplete.txt"]);
  assert.equal(completeness.quietMinutes, 7);
  const own = equipmentOf("preset: illumina-miseq", "completeness_signal: manual");
  assert.deepEqual(own.completeness, { signal: "manual" });
  assert.deepEqual(equipmentOf("completeness_signal: manual").rules, NO_RULES);
});

Deno.test("what is wrong with a preset's name, a pattern or two ends at once is said at its line", () => {
  const problems = (...lines: string[]) => problemsOf(configured(lines));
  assert.match(problems("preset: ilumina-miseq").join("\n"), /did you mean illumina-miseq/);
  // The word that people know it by; and what it would have said is not missing besides.
  const [thermo, ...more] = problems("preset: thermo");
  assert.match(thermo!, /no preset is called the text "thermo"; did you mean thermo-raw\?/);
  assert.deepEqual(more, []);
  assert.match(problems("preset: xcalibur").join("\n"), /did you mean thermo-raw\?/);
  assert.match(problems("preset: bruker").join("\n"), /bruker-timstof or bruker-fticr or/);
  assert.match(problems("preset: qq").join("\n"), /`labferry preset list` names them/);
  assert.match(problems("done: { all: ['../x'] }").join("\n"), /without \. or \.\./);
  assert.match(problems("done: {}").join("\n"), /must ask for something/);
  assert.match(
    problems("completeness_signal: manual", "done: { all: [a] }").join("\n"),
    /contradicts completeness_signal/,
  );
  assert.match(problems("label: x").join("\n"), /completeness_signal: missing/);
  assert.match(
    problems("completeness_signal: manual", "stalled_after: 7 days").join("\n"),
    /7d/,
  );
});

Deno.test("a person's word ends a run beside a stale journal, and the evidence says so", async () => {
  const equipment = equipmentOf("preset: bruker-timstof");
  await using run = await tempDir("labferry-preset-");
  await act(run.path, {
    put: { "analysis.tdf": "x", "analysis.tdf_bin": "x", "analysis.tdf-wal": "" },
    over: null,
  });
  const waiting = await judged(run.path, equipment);
  assert.ok(waiting.kind === "acquiring");
  assert.match(waiting.waitsFor, /^analysis\.tdf-wal to go/);
  const word = { by: "Rosa", at: "2026-04-17T15:00:00Z" };
  const said = await judged(run.path, equipment, { word });
  assert.ok(said.kind === "complete");
  assert.equal(said.evidence.forbidden_there, "analysis.tdf-wal");
});

Deno.test("what was expected and is not there, or is empty, is said and holds nothing", async () => {
  const equipment = equipmentOf("preset: agilent-masshunter");
  await using run = await tempDir("labferry-preset-");
  await act(run.path, { put: { "AcqData/MSScan.bin": "", "AcqData/MSTS.xml": "<a/>" }, over: "" });
  const verdict = await judged(run.path, equipment);
  assert.ok(verdict.kind === "complete");
  assert.deepEqual(verdict.evidence.expected_missing, [
    "AcqData/MSScan.bin",
    "AcqData/{MSPeak,MSProfile}.bin",
    "AcqData/*.m/*",
  ]);
  await act(run.path, {
    put: {
      "AcqData/MSScan.bin": "x",
      "AcqData/MSPeak.bin": "x",
      "AcqData/LC method.m/192_1.xml": "<a/>",
    },
    over: "",
  });
  const whole = await judged(run.path, equipment);
  assert.ok(whole.kind === "complete");
  assert.equal(whole.evidence.expected_missing, undefined);
});

Deno.test("a Zeno's sample with its 44 bytes waits a day, as its preset's trap says", async () => {
  const intake = "intake: { watch: [/data/out], project: Q3 }";
  const [hour, day] = [
    equipmentOf("preset: sciex", intake),
    equipmentOf("preset: sciex", intake, "quiet_minutes: 1440"),
  ];
  await using run = await tempDir("labferry-preset-");
  await act(run.path, { put: { "a.wiff": "x", "a.wiff.scan": "s".repeat(44) }, over: null });
  const observedMs = 20 * HOUR_MS;
  assert.equal((await judged(run.path, hour, { observedMs })).kind, "complete");
  assert.equal((await judged(run.path, day, { observedMs })).kind, "acquiring");
});

Deno.test("an aborted cell's end never comes: the run is shown as stalled, and a person ends it", async () => {
  const equipment = equipmentOf("preset: pacbio-sequel-2");
  await using run = await tempDir("labferry-preset-");
  for (const { put } of VENDOR_ORDERS["pacbio-sequel-2"]!) await act(run.path, { put, over: null });
  await act(run.path, { put: { "3_C01/m3.subreads.bam": "half" }, over: null });
  assert.equal((await judged(run.path, equipment)).kind, "acquiring");
  const late = await judged(run.path, equipment, { observedMs: 8 * DAY_MS });
  assert.ok(late.kind === "odd");
  assert.match(late.why, /^stalled: unchanged for 8 days/);
  const word = { by: "Rosa", at: "2026-04-17T15:00:00Z" };
  assert.equal((await judged(run.path, equipment, { word })).kind, "complete");
});

async function act(runPath: string, { put }: Step): Promise<void> {
  for (const [name, text] of Object.entries(put)) {
    const path = join(runPath, name);
    if (text === null) {
      await Deno.remove(path);
      continue;
    }
    await Deno.mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) await Deno.writeTextFile(path, text);
  }
}

/** Of files that are runs the group of the first. */
async function groupIn(folder: string, intake: Equipment["intake"]): Promise<FileGroup | null> {
  if (intake?.run.kind !== "files") return null;
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  const key = groupNamer(intake.run)(names[0]!);
  assert.equal(key, "a");
  return { ...intake.run, key };
}

/** Judged a day later, when everything has been quiet for long. */
async function judged(
  runPath: string,
  { completeness, rules, intake }: Equipment,
  { word = null, observedMs = DAY_MS }: {
    readonly word?: { readonly by: string; readonly at: string } | null;
    readonly observedMs?: number;
  } = {},
): Promise<Verdict> {
  const wallMs = systemClock.now().getTime() + observedMs;
  const look = await lookAt({ dir: runPath, members: await groupIn(runPath, intake) }, {
    pool: new InlinePool(),
    completeness,
    rules,
    litter: "skip",
    wallMs: () => wallMs,
    signal: AbortSignal.timeout(60_000),
  });
  assert.ok(look);
  return judge({
    ...look,
    firstSeenAt: "2026-04-17T14:00:00.000Z",
    changedObservedMs: 0,
    writers: { open: [], unknown: null },
    hashes: new Map(),
    word,
  }, {
    policy: { completeness, rules, settleMs: 0 },
    now: { wallMs, observedMs },
  });
}
