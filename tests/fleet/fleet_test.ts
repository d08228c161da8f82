/** Two hundred computers with every trouble there is, read from their share. */
import assert from "node:assert/strict";
import { findHeartbeats, fleetPage, fleetSeries, fleetStanding } from "../../lib/fleet/mod.ts";
import { duration } from "../../lib/fleet/findings.ts";
import type { FleetStanding } from "../../lib/fleet/standing.ts";
import { readHeartbeat } from "../../lib/fleet/heartbeat.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";
import { ago, beatOf, leave, NOW, stemOf } from "./fleet_folder.ts";
import { DENO_DIR, PROGRAM } from "../support/program.ts";

const STALE_MS = 3_600_000;

/** By the trouble it should have: host names, in the order in which they should stand. */
const EXPECTED = [
  ["unreadable", "torn-pc"],
  ["newer", "future-pc"],
  ["clock", "ahead-pc"],
  ["clock", "behind-pc"],
  ["twice", "cloned-pc"],
  ["twice", "double-pc"],
  ["twice", "double-pc"],
  ["vanished", "vanished-pc"],
  ["silent", "silent-pc"],
  ["damaged", "damaged-pc"],
  ["person", "person-pc"],
  ["unsafe", "unsafe-pc"],
  ["destination", "down-pc"],
  ["disk", "disk-pc"],
  ["paused", "paused-pc"],
  ["versions", "old-pc"],
  ["retired", "retired-pc"],
] as const;
const TOTAL = 200;

async function makeFleet(dir: TempDir): Promise<void> {
  const at = (room: string, eq: string) => dir.join("lab", room, eq);
  const put = (host: string, more: Parameters<typeof beatOf>[1] = {}, changedAt?: string) =>
    leave(at("a", host), beatOf(host, more), changedAt);
  const torn = await put("torn-pc");
  await Deno.writeTextFile(torn, (await Deno.readTextFile(torn)).slice(0, 300));
  await put("future-pc", { schema: 2 });
  await put("ahead-pc", { written_at: ago(-0.2) });
  await put("behind-pc", { written_at: ago(30) });
  await put("cloned-pc", { twice: true });
  await put("double-pc", { state_id: "aaaaaaaa-0000-4000-8000-000000000000" });
  await leave(
    at("b", "double-pc"),
    beatOf("double-pc", { state_id: "bbbbbbbb-0000-4000-8000-000000000000" }),
  );
  await Deno.mkdir(`${at("a", "vanished-pc")}/.labferry-fleet/vanished-pc/reports`, {
    recursive: true,
  });
  await put("silent-pc", { written_at: ago(3) }, ago(3));
  await put("damaged-pc", { equipment: { far_damaged_files: 2 } });
  const need = { equipment: "PERSON_PC", run: "Cortex/Runs/Run_1", code: "hash_mismatch" };
  await put("person-pc", { needs_person: [need, need] });
  await put("unsafe-pc", { equipment: { unsafe_bytes: 5e9, oldest_unsafe_at: ago(50) } });
  const down = { name: "DOWN_PC", up: false, since: ago(1), reason: "no route" };
  await put("down-pc", { destinations: [down] });
  await put("disk-pc", { disks: [{ root: "/data", size: 10, free: 1, full_at: ago(-30) }] });
  await put("paused-pc", { equipment: { paused: true } });
  await put("old-pc", { version: "0.3.9" });
  const retired = await put("retired-pc", { written_at: ago(9_000) }, ago(9_000));
  await Deno.writeTextFile(retired.replace(/\.json$/, ".retired"), "");
  for (let i = EXPECTED.length; i < TOTAL; i++) {
    await leave(at("c", `PC_${i}`), beatOf(`pc-${String(i).padStart(3, "0")}`));
  }
}

async function standingOf(dir: TempDir): Promise<FleetStanding> {
  const folders = await findHeartbeats([dir.join("lab")]);
  return fleetStanding(folders, { now: NOW, staleMs: STALE_MS });
}

Deno.test("every trouble of two hundred computers is told, the worst first", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await makeFleet(dir);
  const { hosts, red } = await standingOf(dir);
  assert.equal(hosts.length, TOTAL);
  assert.deepEqual(
    hosts.slice(0, EXPECTED.length).map(({ trouble, host }) => [trouble, host]),
    EXPECTED.map((one) => [...one]),
  );
  assert.ok(
    hosts.slice(EXPECTED.length).every(({ trouble, is_red }) => trouble === "safe" && !is_red),
  );
  assert.equal(red, 14);
  const words = new Map(hosts.map(({ host, findings }) => [host, findings[0]!.words]));
  assert.equal(words.get("ahead-pc"), "its clock is 12 min ahead: clock wrong");
  assert.equal(words.get("behind-pc"), "its clock is 30 h behind: clock wrong");
  assert.equal(words.get("silent-pc"), "silent for 3 h");
  assert.equal(
    words.get("person-pc"),
    "PERSON_PC: Cortex/Runs/Run_1 needs a person (hash_mismatch), and 1 more",
  );
});

Deno.test("one computer at several bases is one, and its highest number speaks for it", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const old = beatOf("flow-pc", { seq: 3, written_at: ago(0.5), equipment: { id: "FLOW_01" } });
  await leave(dir.join("lab/FLOW_01"), old, ago(0.5));
  await leave(dir.join("lab/GEL_01"), beatOf("flow-pc", { seq: 9, equipment: { id: "GEL_01" } }));
  const { hosts } = await standingOf(dir);
  assert.equal(hosts.length, 1);
  assert.deepEqual([hosts[0]!.trouble, hosts[0]!.seq], ["safe", 9]);
  assert.deepEqual(hosts[0]!.equipment, ["FLOW_01", "GEL_01"]);
});

Deno.test("a page of the fleet has no script, and no name that is markup", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await makeFleet(dir);
  const reason = '<script>alert("1")</script> \u202e & more';
  const down = { name: "EVIL", up: false, since: null, reason };
  await leave(dir.join("lab/EVIL"), beatOf("evil-pc", { destinations: [down] }));
  const page = fleetPage(await standingOf(dir));
  assert.ok(!/<script|javascript:|\son\w+=|https?:|\u202e/.test(page.replaceAll("&lt;", "")));
  assert.ok(page.includes("&lt;script&gt;"));
  assert.equal((page.match(/<tr class=/g) ?? []).length, TOTAL + 1);
  assert.ok(page.indexOf("torn-pc") < page.indexOf("silent-pc"));
});

testWith(["promtool"], "the fleet's own series are what promtool reads", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await makeFleet(dir);
  const text = fleetSeries(await standingOf(dir));
  const { lintsOf } = await import("../support/promtool.ts");
  assert.deepEqual(await lintsOf(text), []);
  assert.match(text, /^labferry_fleet_hosts_red 14$/m);
});

Deno.test("a heartbeat that is cut anywhere is unreadable, and never throws", () => {
  const whole = new TextEncoder().encode(JSON.stringify(beatOf("flow-pc")));
  for (let length = 0; length < whole.length; length++) {
    assert.equal(readHeartbeat(whole.subarray(0, length)).kind, "unreadable", `${length}`);
  }
  for (const odd of ["null", "[]", "7", '"x"', "{}", '{"schema":1}', "\u0000"]) {
    assert.equal(readHeartbeat(new TextEncoder().encode(odd)).kind, "unreadable", odd);
  }
  const wild = { ...beatOf("flow-pc"), disks: "x", report_heads: [1, null], held: [] };
  const read = readHeartbeat(new TextEncoder().encode(JSON.stringify(wild)));
  assert.equal(read.kind === "heartbeat" && read.heartbeat.equipment.length, 1);
});

Deno.test("what a heartbeat does not say, or says wrong, is not 'all safe'", () => {
  const beat = beatOf("flow-pc");
  const [{ ...one }] = [beat.equipment[0]!];
  const { equipment: _none, ...without } = beat;
  const { unsafe_bytes: _unsaid, ...half } = one;
  const odd: Readonly<Record<string, unknown>> = {
    "equipment": without,
    "equipment ": { ...beat, equipment: [1] },
    "destinations": { ...beat, destinations: "x" },
    "needs_person": { ...beat, needs_person: null },
    "equipment FLOW_PC: counts": { ...beat, equipment: [{ ...one, counts: { verified: -1 } }] },
    "equipment FLOW_PC: counts ": { ...beat, equipment: [{ ...one, counts: [] }] },
    "equipment FLOW_PC: unsafe_bytes": { ...beat, equipment: [half] },
    "equipment FLOW_PC: unsafe_bytes ": { ...beat, equipment: [{ ...one, unsafe_bytes: -5 }] },
    "equipment FLOW_PC: far_damaged_files": {
      ...beat,
      equipment: [{ ...one, far_damaged_files: "2" }],
    },
    "equipment FLOW_PC: oldest_unsafe_at": {
      ...beat,
      equipment: [{ ...one, oldest_unsafe_at: "yesterday" }],
    },
    "destinations: up": { ...beat, destinations: [{ name: "FLOW_PC", up: "no" }] },
  };
  for (const [fault, value] of Object.entries(odd)) {
    const reading = readHeartbeat(new TextEncoder().encode(JSON.stringify(value)));
    const why = `missing or wrong in it: ${fault.trimEnd()}`;
    assert.deepEqual(reading, { kind: "unreadable", why });
  }
});

Deno.test("a computer without instruments is not 'all safe', nor one with unsafe bytes of no age", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await leave(dir.join("a"), { ...beatOf("bare-pc"), equipment: [] });
  await leave(dir.join("b"), beatOf("busy-pc", { equipment: { unsafe_bytes: 5e9 } }));
  const found = await findHeartbeats([dir.path]);
  const { hosts } = fleetStanding(found, { now: NOW, staleMs: STALE_MS });
  assert.deepEqual(hosts.map(({ host, findings }) => [host, findings[0]!.words]), [
    ["bare-pc", "it has no instrument"],
    ["busy-pc", "on the way"],
  ]);
});

testWith(
  ["links", "unix"],
  "what stands in a heartbeat's place and is no file is said",
  async () => {
    await using dir = await tempDir("labferry-fleet-");
    await leave(dir.join("a"), beatOf("flow-pc"));
    const fleet = dir.join("a/.labferry-fleet");
    await Deno.mkdir(`${fleet}/folder-11111111.json`);
    await Deno.symlink("/dev/zero", `${fleet}/endless-22222222.json`);
    const other = stemOf(beatOf("flow-pc"));
    await Deno.symlink(`${fleet}/${other}.json`, `${fleet}/astray-33333333.json`);
    const made = await new Deno.Command("mkfifo", { args: [`${fleet}/pipe-44444444.json`] })
      .output();
    assert.ok(made.success);
    const found = await findHeartbeats([dir.path]);
    const { hosts, red } = fleetStanding(found, { now: NOW, staleMs: STALE_MS });
    assert.deepEqual([red, hosts.map(({ host }) => host)], [
      4,
      ["astray", "endless", "folder", "pipe", "flow-pc"],
    ]);
    assert.match(
      hosts[0]!.findings[0]!.words,
      /astray-33333333\.json cannot be read: it is a link, and links are never followed/,
    );
  },
);

Deno.test("a folder without a heartbeat is no calm fleet", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await Deno.mkdir(dir.join("lab/empty"), { recursive: true });
  await assert.rejects(findHeartbeats([dir.join("lab")]), { code: "not_found" });
  await assert.rejects(findHeartbeats([dir.join("gone")]), { code: "not_found" });
});

Deno.test("labferry fleet reads the share as it is, exits 1 when something is red, and changes nothing else", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const beat = beatOf("flow-pc", { written_at: new Date().toISOString() });
  const path = await leave(dir.join("lab/FLOW_01"), beat, new Date().toISOString());
  const run = (...args: string[]) => labferry(["fleet", dir.join("lab"), ...args], dir);
  const well = await run("--json", "--html", dir.join("fleet.html"), "--prom", dir.join("f.prom"));
  assert.equal(well.code, 0, well.stderr);
  assert.deepEqual(JSON.parse(well.stdout).hosts.map(({ host }: { host: string }) => host), [
    "flow-pc",
  ]);
  assert.ok((await Deno.readTextFile(dir.join("fleet.html"))).includes("flow-pc"));
  assert.ok((await Deno.readTextFile(dir.join("f.prom"))).endsWith("\n"));
  await leave(dir.join("lab/FLOW_01"), { ...beat, written_at: "2026-01-01T00:00:00.000Z" }, ago(9));
  const silent = await run();
  assert.equal(silent.code, 1);
  assert.match(silent.stdout, /flow-pc \d+ +RED +FLOW_PC +silent for \d+ days/);
  assert.equal((await run("--stale", "soon")).code, 2);
  assert.deepEqual(
    [...Deno.readDirSync(dir.join("lab/FLOW_01/.labferry-fleet"))].map(({ name }) => name),
    [path.split("/").at(-1)],
  );
  assert.equal(stemOf(beat), path.split("/").at(-1)!.replace(".json", ""));
});

Deno.test("a base that could not be read is not 'nothing is red', wherever that is said", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const now = new Date().toISOString();
  await leave(dir.join("lab/FLOW_01"), beatOf("flow-pc", { written_at: now }), now);
  await dir.write("lab/GEL_01/.labferry-fleet", "no folder");
  const [page, series] = [dir.join("fleet.html"), dir.join("fleet.prom")];
  const run = (...args: string[]) => labferry(["fleet", dir.join("lab"), ...args], dir);
  const said = await run("--html", page, "--prom", series);
  assert.equal(said.code, 1);
  const words = "1 computer, nothing is red of what could be read; 1 place could not.";
  assert.equal(said.stdout.split("\n")[0], words);
  assert.match(said.stdout, /GEL_01\/\.labferry-fleet could not be looked at: /);
  assert.ok((await Deno.readTextFile(page)).includes(`<h1>${words}</h1>`));
  assert.match(await Deno.readTextFile(series), /^labferry_fleet_unread_places 1$/m);
  const json = await run("--json");
  assert.equal(json.code, 1);
  const { unread: [place], red } = JSON.parse(json.stdout);
  assert.deepEqual([red, place.path], [0, dir.join("lab/GEL_01/.labferry-fleet")]);
});

Deno.test("duration says whole units", () => {
  assert.deepEqual([90_000, 3 * 3_600_000, 3 * 86_400_000].map(duration), [
    "1 min",
    "3 h",
    "3 days",
  ]);
});

async function labferry(args: string[], dir: TempDir) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, ...args],
    env: {
      DENO_DIR,
      HOME: dir.join("home"),
      LABFERRY_CONFIG: dir.join("none.yaml"),
      NO_COLOR: "1",
    },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
