import assert from "node:assert/strict";
import { sep } from "node:path";
import { AuditCache, auditTree, type GateSettings, gatherAudit } from "../../lib/gate/mod.ts";
import { DEFAULT_GATE_SETTINGS } from "../../lib/gate/settings.ts";
import { readRecords } from "../../lib/gate/judge_records.ts";
import { walkFor } from "../../lib/gate/walk.ts";
import { creationText, Lab, later, RUN } from "./lab.ts";
import { testWith } from "../support/needs.ts";

interface AuditOf {
  readonly cache: AuditCache;
  readonly settings?: GateSettings;
  readonly now?: Date;
}

/** Tokens found, with a clock that finds everything at rest. */
async function tokens(path: string, options: AuditOf): Promise<string[]> {
  const { findings } = await gatherAudit(auditTree(path, { now: later(), ...options }));
  await untilFilesTellTheTime();
  return findings.map((finding) => finding.matched_token);
}

/**
 * File systems stamp in ticks of some milliseconds. With a clock that is ahead nothing is distrusted,
 * so what a test changes next has to fall into another tick, as it would after a real rest.
 */
async function untilFilesTellTheTime(): Promise<void> {
  const first = await stampOfNow();
  while (await stampOfNow() === first) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The time the file system would stamp on a change now; it lags behind the clock. */
async function stampOfNow(): Promise<number> {
  const file = await Deno.makeTempFile();
  const stamp = Deno.statSync(file).mtime!.getTime();
  await Deno.remove(file);
  return stamp;
}

async function warmLab(lab: Lab): Promise<AuditCache> {
  await lab.project();
  await lab.run();
  await lab.write(`${RUN}/notes.txt`, "<one>");
  await lab.write(`${RUN}/sub/more.txt`, "plain");
  const cache = new AuditCache();
  assert.deepEqual(await tokens(lab.root, { cache }), ["<one>"]);
  return cache;
}

/** As the gate names a place, on every system. */
function slashed(path: string): string {
  return path.replaceAll(sep, "/");
}

Deno.test("AuditCache gives the same findings when nothing changed", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  assert.deepEqual(await tokens(lab.root, { cache }), ["<one>"]);
});

Deno.test("AuditCache spares contents that did not change", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  // Only what was kept can say "<kept>": whoever reads the file finds "<one>".
  const run = cache.get(slashed(lab.at(RUN)))!;
  const folders = JSON.parse(JSON.stringify([...run.folders]).replaceAll("<one>", "<kept>"));
  cache.set(slashed(lab.at(RUN)), { ...run, folders: new Map(folders) });
  assert.deepEqual(await tokens(lab.root, { cache }), ["<kept>"]);
});

Deno.test("AuditCache misses no edit that leaves size and mtime as they were", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  const file = lab.at(RUN, "notes.txt");
  const { mtime } = Deno.statSync(file);
  // Deno tells ctime in seconds, so the edit has to fall into another one.
  await untilNextSecond();
  await Deno.writeTextFile(file, "<two>");
  await Deno.utime(file, mtime!, mtime!);
  assert.deepEqual(await tokens(lab.root, { cache }), ["<two>"]);
});

async function untilNextSecond(): Promise<void> {
  const second = Math.floor(await stampOfNow() / 1000);
  while (Math.floor(await stampOfNow() / 1000) === second) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

testWith(
  ["anyNames"],
  "AuditCache trusts nothing that changed just before it was looked at",
  async () => {
    await using lab = await Lab.make();
    await lab.project();
    await lab.run();
    const file = await lab.write(`${RUN}/notes.txt`, "<one>");
    const cache = new AuditCache();
    const now = new Date();
    assert.deepEqual(await tokens(lab.root, { cache, now }), ["<one>"]);
    const { mtime } = Deno.statSync(file);
    // Same size, same times, perhaps the same second: only distrust can find this.
    await Deno.writeTextFile(file, "<two>");
    await Deno.utime(file, mtime!, mtime!);
    await lab.write(`${RUN}/<new>.tif`);
    assert.deepEqual((await tokens(lab.root, { cache, now })).sort(), ["<new>", "<two>"]);
  },
);

testWith(
  ["anyNames"],
  "AuditCache misses no new, removed or renamed entry at any depth",
  async () => {
    await using lab = await Lab.make();
    const cache = await warmLab(lab);
    await lab.write(`${RUN}/sub/<new>.tif`);
    assert.deepEqual(await tokens(lab.root, { cache }), ["<new>", "<one>"]);
    await Deno.rename(lab.at(RUN, "sub/<new>.tif"), lab.at(RUN, "sub/{{ x }}"));
    await Deno.remove(lab.at(RUN, "notes.txt"));
    assert.deepEqual(await tokens(lab.root, { cache }), ["{{ x }}"]);
    await lab.run("CONFOCAL_01/Cortex/Runs/Run_2");
    await lab.write("CONFOCAL_01/Cortex/Runs/Run_2/a.txt", "<run two>\n<two>");
    assert.deepEqual(await tokens(lab.root, { cache }), ["{{ x }}", "<two>"]);
    await Deno.remove(lab.at("CONFOCAL_01/Cortex/Runs/Run_2"), { recursive: true });
    assert.deepEqual(await tokens(lab.root, { cache }), ["{{ x }}"]);
  },
);

Deno.test("AuditCache judges anew when the settings change", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  const settings = { ...DEFAULT_GATE_SETTINGS, contentScanExtensions: [".csv"] };
  assert.deepEqual(await tokens(lab.root, { cache, settings }), []);
  assert.deepEqual(await tokens(lab.root, { cache }), ["<one>"]);
});

Deno.test("AuditCache judges anew when the record names other rendered files", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  const path = lab.at(RUN);
  await lab.write(
    `${RUN}/.exlab-wizard/creation.json`,
    creationText(path, { rendered_files: ["notes.txt"] }),
  );
  const { findings } = await gatherAudit(auditTree(path, { cache, now: later() }));
  assert.deepEqual(findings.map((finding) => finding.tier), ["hard"]);
});

testWith(["anyNames"], "AuditCache asks the overrides anew each time", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const override = {
    id: "8c7e9d2f-1a4b-4e6c-9b3d-7f2a1e5d8c4b",
    problem_class: "unresolved_placeholder_token",
    operator: "asmith",
    recorded_at: "2026-04-18T09:14:22Z",
    reason: "vendor syntax",
    revoked: false,
    expires_at: "2099-01-01T00:00:00Z",
  };
  const run = await lab.run(RUN, { validation_overrides: [override] });
  await lab.write(`${RUN}/<x>`);
  const cache = new AuditCache();
  const active = async (now: Date) => {
    const { findings } = await gatherAudit(auditTree(run, { cache, now }));
    return findings.map((finding) => finding.override_active);
  };
  assert.deepEqual(await active(later()), [true]);
  assert.deepEqual(await active(new Date("2099-01-02T00:00:00Z")), [false]);
});

Deno.test("AuditCache forgets places that are gone, and keeps those outside the audit", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  await lab.project("CONFOCAL_01/Other");
  await tokens(lab.root, { cache });
  const before = cache.size;
  await tokens(lab.at(RUN), { cache });
  assert.equal(cache.size, before);
  await Deno.remove(lab.at("CONFOCAL_01/Other"), { recursive: true });
  await tokens(lab.root, { cache });
  assert.equal(cache.size, before - 1);
});

Deno.test("readRecords follows no link in place of the records folder", async () => {
  await using lab = await Lab.make();
  const other = await lab.run("CONFOCAL_01/Cortex/Runs/Run_other");
  await lab.write("bare/x.tif");
  Deno.symlinkSync(`${other}/.exlab-wizard`, lab.at("bare/.exlab-wizard"));
  assert.deepEqual((await readRecords(lab.at("bare"), walkFor({}))).reading.records, []);
});

Deno.test("AuditCache keeps a run with a text in few hundred bytes", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  const path = slashed(lab.at(RUN));
  const one = new AuditCache();
  one.set(path, cache.get(path)!);
  assert.ok(one.bytes > 50 && one.bytes <= 600, `${one.bytes} bytes`);
  assert.deepEqual(one.get(path), cache.get(path));
});

Deno.test("AuditCache holds no more bytes than it may, however many runs there are", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  const place = cache.get(slashed(lab.at(RUN)))!;
  const small = new AuditCache({ mostBytes: 50_000 });
  for (let run = 0; run < 1_000; run++) small.set(`/data/PLATE_01/P/Runs/Run_${run}`, place);
  assert.ok(small.size > 10 && small.size < 400, `${small.size} places`);
  assert.ok(small.bytes <= 50_000);
  small.begin();
  small.forgetUnseen("/data");
  assert.deepEqual([small.size, small.bytes], [0, 0]);
});

Deno.test("AuditCache gives back what it was given, packed or not", async () => {
  await using lab = await Lab.make();
  const cache = await warmLab(lab);
  const place = cache.get(slashed(lab.at(RUN)))!;
  const [reading] = place.folders.values();
  const texts = Array.from({ length: 100 }, (_, i) => `t_${i}.txt`);
  const large = { ...place, folders: new Map([["", { ...reading!, texts }]]) };
  for (const given of [place, large]) {
    cache.set("/data/run", given);
    assert.deepEqual(cache.get("/data/run"), given);
  }
  assert.equal(cache.get("/data/run"), large);
});
