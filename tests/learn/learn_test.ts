/** Old trees as instruments leave them, and what is learnt from them. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { loadConfig } from "../../lib/config/mod.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import { evidenceLines, learnFrom, type Learnt, proposedConfig } from "../../lib/learn/mod.ts";
import { lessonOf } from "../../lib/learn/lesson.ts";
import { refusedNames } from "../../lib/learn/refused_names.ts";
import { tempDir } from "../support/temp_dir.ts";

const NOW = new Date("2026-06-01T12:00:00Z");
const MINUTE_MS = 60_000;

/** Files of a run and the minutes after its begin at which each was written. */
type Writing = readonly (readonly [name: string, atMinute: number, text?: string])[];

async function writeRun(
  tree: string,
  { name, day, files }: { readonly name: string; readonly day: number; readonly files: Writing },
): Promise<void> {
  const begin = Date.parse("2026-05-01T08:00:00Z") + day * 24 * 60 * MINUTE_MS;
  for (const [file, atMinute, text = file] of files) {
    const path = join(tree, name, file);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
    const at = new Date(begin + atMinute * MINUTE_MS);
    await Deno.utime(path, at, at);
  }
}

async function learnt(tree: string): Promise<Learnt> {
  using pool = new DiskPool();
  return await learnFrom(tree, { pool, signal: AbortSignal.timeout(60_000), now: NOW });
}

/** The proposal has to load as it is. */
async function configured(tree: string, found: Learnt) {
  const path = `${tree}.yaml`;
  await Deno.writeTextFile(path, proposedConfig(found));
  try {
    return (await loadConfig({ path, env: {} })).config.equipment[0]!;
  } finally {
    await Deno.remove(path);
  }
}

const SEQUENCER: Writing = [
  ["RunInfo.xml", 0],
  ["Data/L001/a.cbcl", 30],
  ["RTAComplete.txt", 40],
  ["CopyComplete.txt", 51],
];

Deno.test("learn knows a sequencer by the end of its runs, also with some that were aborted", async () => {
  await using dir = await tempDir("labferry-learn-");
  const tree = dir.join("NovaSeq out");
  for (let day = 0; day < 12; day++) {
    const files = day === 4 ? SEQUENCER.slice(0, 2) : SEQUENCER;
    await writeRun(tree, { name: `2605${10 + day}_A01_run`, day, files });
  }
  const found = await learnt(tree);
  const lines = evidenceLines(found);
  assert.match(lines[0]!, /^12 folders with 46 files, .*; 12 of them quiet for a day/);
  assert.ok(
    lines.some((line) => line.startsWith("11 of 12 ended as preset illumina-novaseq-6000 says")),
    lines.join("\n"),
  );
  assert.ok(lines.includes("11 of 12 were written to last in CopyComplete.txt"));
  assert.ok(lines.includes("longest pause inside a run 30 min, so 120"));
  const equipment = await configured(tree, found);
  assert.equal(equipment.rules.preset, "illumina-novaseq-6000");
  assert.deepEqual(equipment.intake?.watch, [await Deno.realPath(tree)]);
  assert.equal(equipment.id, "NOVASEQ_OUT");
  // What is there already is left alone, unless the person who reads it says otherwise.
  assert.equal(equipment.intake?.existing, "new_only");
  assert.match(proposedConfig(found), /existing: new_only # the 12 runs \(.*\) that are there/);
});

Deno.test("learn knows MinKNOW, SpikeGLX and Bruker, each by what its preset asks for", async () => {
  const trees: Readonly<Record<string, Writing>> = {
    "minknow": [["pod5/a.pod5", 0], ["final_summary_FA1.txt", 60]],
    "spikeglx": [
      ["p_imec0/p.ap.bin", 0, "12345678"],
      ["p_imec0/p.ap.meta", 1, "fileSizeBytes=8\nfileSHA1=AB\n"],
    ],
    "bruker-timstof": [["analysis.tdf", 3], ["analysis.tdf_bin", 2], ["1.m/method", 0]],
  };
  for (const [name, files] of Object.entries(trees)) {
    await using dir = await tempDir("labferry-learn-");
    const tree = dir.join("out");
    for (let day = 0; day < 4; day++) await writeRun(tree, { name: `run ${day}.d`, day, files });
    const found = await learnt(tree);
    assert.equal(found.lesson.presets[0]?.preset.name, name);
    assert.equal((await configured(tree, found)).rules.preset, name);
  }
});

Deno.test("learn proposes the last file, else quiet, else a person's word", async () => {
  await using dir = await tempDir("labferry-learn-");
  const marked = dir.join("marked");
  const silent = dir.join("silent");
  const few = dir.join("few");
  for (let day = 0; day < 3; day++) {
    await writeRun(marked, { name: `r${day}`, day, files: [["a.dat", 0], ["all.done", 9]] });
    await writeRun(silent, { name: `r${day}`, day, files: [["a.dat", 0], [`${day}.dat`, 90]] });
  }
  await writeRun(few, { name: "r0", day: 0, files: [["a.dat", 0]] });
  const [m, s, f] = await Promise.all(
    [marked, silent, few].map(async (tree) => await configured(tree, await learnt(tree))),
  );
  assert.deepEqual(m!.completeness, { signal: "sentinel_file", filenames: ["all.done"] });
  assert.deepEqual(s!.completeness, { signal: "quiet_period", quietMinutes: 240 });
  assert.deepEqual(f!.completeness, { signal: "manual" });
});

Deno.test("learn takes no file of data for the end of a run", async () => {
  await using dir = await tempDir("labferry-learn-");
  const trees: Readonly<Record<string, Writing>> = {
    // The data is closed, and in the same moment the instrument says so.
    closed: [["log.txt", 0], ["a.dat", 60, "much data"], ["done.txt", 60, "ok"]],
    // Both are as large: nothing tells the one from the other.
    alike: [["log.txt", 0], ["a.dat", 60, "12"], ["done.txt", 60, "ok"]],
    // A copy that kept no times.
    copied: [["a.dat", 5], ["done.txt", 5, "ok"]],
    alone: [["a.dat", 5]],
    large: [["log.txt", 0], ["a.dat", 60, "x".repeat(2 * 1024 * 1024)]],
  };
  const ends: Record<string, string> = {};
  for (const [name, files] of Object.entries(trees)) {
    const tree = dir.join(name);
    for (let day = 0; day < 4; day++) await writeRun(tree, { name: `r${day}`, day, files });
    const found = await learnt(tree);
    const { completeness } = await configured(tree, found);
    const pause = evidenceLines(found).find((line) => line.includes("pause"));
    ends[name] = completeness.signal === "quiet_period"
      ? `${completeness.quietMinutes} quiet minutes; ${pause}`
      : JSON.stringify(completeness);
  }
  const unseen = "no run shows a pause: the files of each have one time; 60 min are a guess";
  const seen = "240 quiet minutes; longest pause inside a run 60 min, so 240";
  assert.deepEqual(ends, {
    closed: JSON.stringify({ signal: "sentinel_file", filenames: ["done.txt"] }),
    alike: seen,
    copied: `60 quiet minutes; ${unseen}`,
    alone: `60 quiet minutes; ${unseen}`,
    large: seen,
  });
});

Deno.test("learn takes no file that was there long before its last byte for the end of a run", async () => {
  await using dir = await tempDir("labferry-learn-");
  const tree = dir.join("out");
  for (let day = 0; day < 3; day++) {
    const files: Writing = [["log.txt", 0], ["a.dat", 60]];
    await writeRun(tree, { name: `r${day}`, day, files });
  }
  const bornMs = (await Deno.lstat(join(tree, "r0", "a.dat"))).birthtime?.getTime();
  assert.ok(bornMs, "the disk of the tests says when a file was made");
  const HOUR_MS = 60 * MINUTE_MS;
  for (let day = 0; day < 3; day++) {
    const [first, last] = [new Date(bornMs + HOUR_MS), new Date(bornMs + 2 * HOUR_MS)];
    await Deno.utime(join(tree, `r${day}`, "log.txt"), first, first);
    await Deno.utime(join(tree, `r${day}`, "a.dat"), last, last);
  }
  using pool = new DiskPool();
  const now = new Date(bornMs + 72 * HOUR_MS);
  const found = await learnFrom(tree, { pool, signal: AbortSignal.timeout(60_000), now });
  assert.equal(found.lesson.finished, 3);
  assert.equal(found.lesson.last, null);
});

Deno.test("learn takes files that are called alike together, and says which are left alone", async () => {
  await using dir = await tempDir("labferry-learn-");
  const tree = dir.join("reader");
  for (let day = 0; day < 5; day++) {
    const files: Writing = [[`Plate ${day}.csv`, 0], [`Plate ${day}.PNG`, 1]];
    await writeRun(tree, { name: ".", day, files });
  }
  await writeRun(tree, { name: ".", day: 0, files: [["layout.xml", 0, "12345"]] });
  const found = await learnt(tree);
  const lines = evidenceLines(found);
  assert.match(lines[0]!, /^5 groups with 10 files/);
  assert.ok(
    lines.includes("1 file (5 B) beside them, as layout.xml: no run, and not looked after"),
    lines.join("\n"),
  );
  const { intake } = await configured(tree, found);
  assert.deepEqual(intake?.run, { kind: "files", match: "*.{PNG,csv}", group: "stem" });
});

Deno.test("learn knows a preset by four of five runs: one may have been aborted", async () => {
  await using dir = await tempDir("labferry-learn-");
  const tree = dir.join("NovaSeq out");
  for (let day = 0; day < 5; day++) {
    const files = day === 2 ? SEQUENCER.slice(0, 2) : SEQUENCER;
    await writeRun(tree, { name: `r${day}`, day, files });
  }
  assert.equal((await configured(tree, await learnt(tree))).rules.preset, "illumina-novaseq-6000");
});

Deno.test("learn says what the gate would hold, what lies beside, and changes nothing", async () => {
  await using dir = await tempDir("labferry-learn-");
  const tree = dir.join("out");
  const files: Writing = [["bad?name.tif", 0], ["ok.tif", 1]];
  for (let day = 0; day < 3; day++) await writeRun(tree, { name: `r${day}`, day, files });
  await Deno.writeTextFile(join(tree, "loose.raw"), "12345");
  await Deno.symlink("/etc", join(tree, "link"));
  const before = await stats(tree);
  const found = await learnt(tree);
  assert.deepEqual(await stats(tree), before);
  assert.deepEqual([found.lesson.runs, found.beside], [
    3,
    [{ what: "file", count: 1, bytes: 5, example: "loose.raw" }],
  ]);
  assert.equal(found.names.count, 3);
  const lines = evidenceLines(found).join("\n");
  assert.match(lines, /3 names would be held by the gate, as .*bad\?name\.tif/);
  assert.match(lines, /1 file \(5 B\) beside them, as loose\.raw: no run/);
});

Deno.test("learn knows Thermo's files, and groups others by their ending", async () => {
  await using dir = await tempDir("labferry-learn-");
  const [thermo, other] = [dir.join("Xcalibur"), dir.join("reader")];
  for (const [tree, ending] of [[thermo, "raw"], [other, "csv"]] as const) {
    await Deno.mkdir(tree);
    for (let day = 0; day < 5; day++) {
      const path = join(tree, `sample_${day}.${ending}`);
      await Deno.writeTextFile(path, "scans");
      const at = new Date(Date.parse("2026-05-01T08:00:00Z") + day * 24 * 60 * MINUTE_MS);
      await Deno.utime(path, at, at);
    }
  }
  await Deno.writeTextFile(join(thermo, "method.meth"), "no data");
  const [t, o] = [await learnt(thermo), await learnt(other)];
  assert.ok(
    evidenceLines(t).some((line) => line.startsWith("5 of 5 ended as preset thermo-raw says")),
    evidenceLines(t).join("\n"),
  );
  const [orbi, reader] = [await configured(thermo, t), await configured(other, o)];
  assert.match(evidenceLines(t).join("\n"), /1 file \(7 B\) beside them, as method\.meth: no run/);
  assert.equal(orbi.rules.preset, "thermo-raw");
  assert.deepEqual(orbi.intake?.run, { kind: "files", match: "*.raw", group: "stem" });
  assert.equal(reader.rules.preset, null);
  assert.deepEqual(reader.intake?.run, { kind: "files", match: "*.csv", group: "stem" });
});

Deno.test("learn takes the folder of a .vsi for a part of it", async () => {
  await using dir = await tempDir("labferry-learn-");
  const tree = dir.join("slides");
  for (let day = 0; day < 4; day++) {
    await writeRun(tree, {
      name: ".",
      day,
      files: [[`S${day}.vsi`, 60, "index"], [`_S${day}_/stack1/a.ets`, 0, "pixels of it"]],
    });
  }
  const found = await learnt(tree);
  const lines = evidenceLines(found);
  assert.match(lines[0]!, /^4 groups with 8 files, /);
  assert.ok(lines.some((line) => line.startsWith("4 of 4 ended as preset microscope-files says")));
  assert.deepEqual(found.beside.map(({ count }) => count), [0, 0]);
  assert.equal(found.lesson.bytes, 4 * ("index".length + "pixels of it".length));
  const { intake } = await configured(tree, found);
  assert.equal(intake?.run.kind === "files" ? intake.run.beside : null, "_*_");
});

Deno.test("what cannot be judged is no folder of good names", async () => {
  await using dir = await tempDir("labferry-learn-");
  const tree = dir.join("out");
  await writeRun(tree, { name: "r0", day: 0, files: [["a.dat", 0]] });
  const signal = AbortSignal.timeout(60_000);
  const names = await refusedNames(tree, { runs: ["r0", "gone meanwhile"], signal });
  assert.deepEqual(names, { count: 0, unjudged: 1, examples: [] });
  const lines = evidenceLines({ ...await learnt(tree), names });
  assert.ok(lines.some((line) => line.startsWith("the names in 1 folder could not be judged")));
});

/** Names, sizes and every time but that of reading. */
async function stats(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const { size, mtime, ctime } = await Deno.lstat(path);
    lines.push(`${path} ${size} ${mtime?.getTime()} ${ctime?.getTime()}`);
    if (isDirectory) lines.push(...await stats(path));
  }
  return lines.sort();
}

Deno.test("lessonOf goes through very many old runs, as where each file is one", () => {
  const runs = Array.from({ length: 200_000 }, (_, i) => ({
    name: `${i}.tif`,
    files: 1,
    bytes: 1,
    firstMs: i,
    lastMs: i,
    longestPauseMs: i,
    hasPauses: true,
    newest: [],
    ended: [],
  }));
  const { longestPauseMs } = lessonOf({ runs }, { presets: [], nowMs: NOW.getTime() });
  assert.equal(longestPauseMs, 199_999);
});
