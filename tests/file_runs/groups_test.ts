/** Which files are one run: pure rules over names, and the record that keeps them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { FileRuns } from "../../lib/intake/file_runs.ts";
import { Queue } from "../../lib/queue/mod.ts";
import {
  dataFolderOf,
  folderNamer,
  groupMembers,
  groupNamer,
  readFileRun,
  RECORDS_DIR,
} from "../../lib/records/mod.ts";
import type { Equipment } from "../../lib/config/mod.ts";
import { configOf } from "../config/support.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("groupNamer tells runs by the stem, also of several endings, without case", () => {
  const thermo = groupNamer({ match: "*.raw", group: "stem" });
  assert.deepEqual(
    ["A.raw", "a.RAW", "a.b.raw", "a.raw.tmp", "notes.txt", ".raw"].map(thermo),
    ["a", "a", "a.b", null, null, null],
  );
  const sciex = groupNamer({ match: "*.{wiff,wiff2,wiff.scan}", group: "stem" });
  assert.deepEqual(
    ["S1.wiff", "S1.wiff.scan", "S1.wiff2", "S1.scan"].map(sciex),
    ["s1", "s1", "s1", null],
  );
  const any = groupNamer({ match: "*", group: "stem" });
  assert.deepEqual(["x.czi", "x", ".hidden"].map(any), ["x", "x", ".hidden"]);
});

Deno.test("groupNamer tells runs by a prefix or by an expression; what does not fit is no data", () => {
  const prefix = groupNamer({ match: "*.fcs", group: "prefix" });
  assert.deepEqual(
    ["Tube_A_001.fcs", "Tube_A_002.fcs", "single.fcs"].map(prefix),
    ["tube_a", "tube_a", "single"],
  );
  const plate = groupNamer({ match: "*.csv", group: "^(plate\\d+)_" });
  assert.deepEqual(["plate12_a.csv", "plate12_b.csv", "other.csv"].map(plate), [
    "plate12",
    "plate12",
    null,
  ]);
});

Deno.test("folderNamer tells the folder beside a group's files by their stem", () => {
  const rule = { match: "*.{vsi,czi}", group: "stem", beside: "_*_" };
  assert.deepEqual(["_Slide 1_", "_SLIDE 1_", "__", "Slide 1", "_a_b_"].map(folderNamer(rule)), [
    "slide 1",
    "slide 1",
    null,
    null,
    "a_b",
  ]);
  const isMember = groupMembers({ ...rule, key: "slide 1" });
  assert.deepEqual(
    ["Slide 1.vsi", "_Slide 1_/stack/a.ets", "_Slide 1_", "_other_/a.ets", "x/_Slide 1_"].map(
      isMember,
    ),
    [true, true, false, false, false],
  );
  const byNumber = folderNamer({ match: "*.csv", group: "^(plate\\d+)_", beside: "*.d" });
  assert.deepEqual(["plate7_a.d", "other.d"].map(byNumber), ["plate7", null]);
});

Deno.test("each name belongs to at most one group, and groupMembers agrees with groupNamer", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !/[/\0]/.test(name)), {
      maxLength: 20,
    }),
    fc.constantFrom("stem", "prefix", "^(.)"),
    (names, group) => {
      const rule = { match: "*", group };
      const keyOf = groupNamer(rule);
      const keys = new Set(names.map(keyOf).filter((key) => key !== null));
      for (const name of names) {
        const owners = [...keys].filter((key) => groupMembers({ ...rule, key })(name));
        assert.deepEqual(owners, keyOf(name) === null ? [] : [keyOf(name)]);
      }
    },
  ));
});

function orbitrap(watch: string): Equipment {
  return configOf([
    "equipment:",
    "  - id: ORBI_01",
    "    local_root: /data/lab",
    "    nas_root: //nas/lab",
    "    completeness_signal: manual",
    `    intake: { watch: [${
      JSON.stringify(watch)
    }], project: { pattern: "^(?<project>[A-Z][a-z]+)_" }, run: { kind: files, match: "*.raw" } }`,
    "    transport: { type: mount, path: /mnt/nas/A }",
  ].join("\n")).equipment[0]!;
}

Deno.test("FileRuns names a run once, and takes up what was killed before its record was written", async () => {
  await using dir = await tempDir("labferry-groups-");
  const [folder, stateDir] = [dir.join("out"), dir.join("state")];
  await Deno.mkdir(folder);
  await Deno.mkdir(stateDir);
  using queue = Queue.open(join(stateDir, "q.db"));
  const at = new Date("2026-04-17T14:32:11Z");
  const open = (now: Date) =>
    new FileRuns({ equipment: orbitrap(folder), folder, stateDir, queue, now: () => now });
  await Deno.writeTextFile(join(folder, "Lipids_a b?.raw"), "x");
  const leaf = join(
    stateDir,
    "runs/ORBI_01/Lipids/Runs/Run_2026-04-17T14-32_lipids_a_b",
  );
  // Killed after the folder, before the record.
  await Deno.mkdir(join(leaf, RECORDS_DIR), { recursive: true });
  assert.deepEqual(await open(at).list(), [leaf]);
  assert.deepEqual(await readFileRun(leaf), {
    folder,
    members: { match: "*.raw", group: "stem", key: "lipids_a b?" },
    firstSeenAt: "2026-04-17T14:32:11Z",
  });
  assert.equal(dataFolderOf(leaf), folder);
  // Days later, and by another object, it is the same run.
  assert.deepEqual(await open(new Date("2026-05-01T00:00:00Z")).list(), [leaf]);
});

Deno.test("a file that nobody can place is shown where it lies, and gets no run", async () => {
  await using dir = await tempDir("labferry-groups-");
  const [folder, stateDir] = [dir.join("out"), dir.join("state")];
  await Deno.mkdir(folder);
  await Deno.mkdir(stateDir);
  using queue = Queue.open(join(stateDir, "q.db"));
  const files = new FileRuns({
    equipment: orbitrap(folder),
    folder,
    stateDir,
    queue,
    now: () => new Date(),
  });
  await Deno.writeTextFile(join(folder, "blank.raw"), "x");
  assert.deepEqual(await files.list(), [join(folder, "blank.raw")]);
  assert.equal(files.groupOf(join(folder, "blank.raw"))?.key, "blank");
  await assert.rejects(Deno.lstat(join(stateDir, "runs")), Deno.errors.NotFound);
});

Deno.test("a file that stays behind by ignore begins no run, and is one of a run that others began", async () => {
  await using dir = await tempDir("labferry-groups-");
  const [folder, stateDir] = [dir.join("out"), dir.join("state")];
  await Deno.mkdir(folder);
  await Deno.mkdir(stateDir);
  using queue = Queue.open(join(stateDir, "q.db"));
  const { intake, rules, ...equipment } = orbitrap(folder);
  const run = { kind: "files", match: "*.{raw,lock}", group: "stem" } as const;
  const files = new FileRuns({
    equipment: {
      ...equipment,
      intake: { ...intake!, run },
      rules: { ...rules, ignore: ["*.LOCK"] },
    },
    folder,
    stateDir,
    queue,
    now: () => new Date("2026-04-17T14:32:11Z"),
  });
  await Deno.writeTextFile(join(folder, "Lipids_a.lock"), "");
  assert.deepEqual(await files.list(), []);
  await Deno.writeTextFile(join(folder, "Lipids_a.raw"), "x");
  const [runPath, ...more] = await files.list();
  assert.deepEqual([files.groupOf(runPath!)?.key, more], ["lipids_a", []]);
  assert.equal(files.runOf("Lipids_a.lock"), runPath);
  // It was let go, and what is ignored lies there still.
  queue.jobs.enqueue({
    runPath: runPath!,
    equipmentId: "ORBI_01",
    destination: "/mnt/nas/A",
    farDir: "Lipids/Runs/Run_1",
    files: 1,
    bytes: 1,
    cleaned: {
      deletionStartedAt: "2026-04-17T14:32:11.000Z",
      scrubDueAt: "2026-05-17T14:32:11.000Z",
    },
  });
  await Deno.remove(join(folder, "Lipids_a.raw"));
  assert.deepEqual(await files.list(), []);
});

Deno.test("a rule that is changed takes no file from a run that was begun", async () => {
  await using dir = await tempDir("labferry-groups-");
  const [folder, stateDir] = [dir.join("out"), dir.join("state")];
  await Deno.mkdir(folder);
  await Deno.mkdir(stateDir);
  using queue = Queue.open(join(stateDir, "q.db"));
  const by = (group: string) => {
    const equipment = orbitrap(folder);
    const run = { kind: "files", match: "*.raw", group } as const;
    return new FileRuns({
      equipment: { ...equipment, intake: { ...equipment.intake!, run } },
      folder,
      stateDir,
      queue,
      now: () => new Date("2026-04-17T14:32:11Z"),
    });
  };
  await Deno.writeTextFile(join(folder, "Lipids_1.raw"), "x");
  const [before] = await by("stem").list();
  await Deno.writeTextFile(join(folder, "Lipids_2.raw"), "x");
  await Deno.writeTextFile(join(folder, "Salts_1.raw"), "x");
  for (const after of [by("prefix"), by("prefix")]) {
    const runs = await after.list();
    // One by the old rule, one by the new; the file between the two is a person's to place.
    const between = join(folder, "Lipids_2.raw");
    assert.equal(runs.length, 3);
    assert.ok(runs.includes(before!) && runs.includes(between));
    assert.match(after.faultOf(between) ?? "", /begun by another rule/);
    assert.equal(after.runOf("Lipids_1.raw"), before);
    assert.match(after.runOf("Salts_1.raw") ?? "", /_salts$/);
    assert.equal(after.runOf("Lipids_2.raw"), null);
    assert.equal(after.runOf("LIPIDS_1.RAW"), before, "a later file of the old group");
  }
});

Deno.test("FileRuns asks for the runs whose names are there, however many were let go", async () => {
  await using dir = await tempDir("labferry-groups-");
  const [folder, stateDir] = [dir.join("out"), dir.join("state")];
  await Deno.mkdir(folder);
  await Deno.mkdir(stateDir);
  using queue = Queue.open(join(stateDir, "q.db"));
  for (let n = 0; n < 2_000; n++) {
    queue.jobs.enqueue({
      runPath: `${stateDir}/runs/ORBI_01/Old/Runs/Run_${n}`,
      equipmentId: "ORBI_01",
      destination: "/mnt/nas/A",
      farDir: `Old/Runs/Run_${n}`,
      files: 1,
      bytes: 1,
      cleaned: {
        deletionStartedAt: "2026-04-17T14:32:11.000Z",
        scrubDueAt: "2026-05-17T14:32:11.000Z",
      },
    });
  }
  let rows = 0;
  const counted = new Proxy(queue.jobs, {
    get(jobs, name) {
      const value = Reflect.get(jobs, name, jobs);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const found = value.apply(jobs, args);
        rows += Array.isArray(found) ? found.length : 1;
        return found;
      };
    },
  });
  const runs = new FileRuns({
    equipment: orbitrap(folder),
    folder,
    stateDir,
    queue: { jobs: counted, files: (id) => queue.files(id) },
    now: () => new Date("2026-04-17T14:32:11Z"),
  });
  for (const name of ["Lipids_a.raw", "Lipids_b.raw"]) {
    await Deno.writeTextFile(join(folder, name), "x");
  }
  assert.equal((await runs.list()).length, 2);
  rows = 0;
  assert.equal((await runs.list()).length, 2);
  assert.ok(rows < 20, `${rows} rows were read for two files`);
});
