/** Computers with several bases, that were renamed, or set up anew; and what lies beside their heartbeats. */
import assert from "node:assert/strict";
import { findHeartbeats, fleetStanding } from "../../lib/fleet/mod.ts";
import { testWith } from "../support/needs.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { ago, beatOf, leave, NOW, stemOf } from "./fleet_folder.ts";

const ID = "11111111-0000-4000-8000-000000000000";
const OTHER = "22222222-0000-4000-8000-000000000000";

async function standingOf(dir: TempDir) {
  return fleetStanding(await findHeartbeats([dir.path]), { now: NOW, staleMs: 3_600_000 });
}

Deno.test("an instrument of which its destination has heard nothing is not safe because another is", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await leave(dir.join("a"), beatOf("flow-pc", { seq: 900, equipment: { id: "FLOW_01" } }));
  const old = { seq: 100, written_at: ago(720), equipment: { id: "GEL_01" } };
  await leave(dir.join("b"), beatOf("flow-pc", old));
  const { red, hosts } = await standingOf(dir);
  assert.deepEqual([red, hosts.length], [1, 1]);
  assert.deepEqual(hosts[0]!.findings.map(({ words }) => words), [
    "GEL_01: nothing heard at the destination for 30 days",
  ]);
  await leave(dir.join("b"), beatOf("flow-pc", { ...old, written_at: ago(-720) }));
  assert.equal((await standingOf(dir)).hosts[0]!.trouble, "clock");
});

Deno.test("a base that was left behind says nothing of an instrument that is heard elsewhere", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const equipment = { id: "FLOW_01", unsafe_bytes: 5e9, oldest_unsafe_at: ago(700) };
  await leave(dir.join("old"), beatOf("flow-pc", { seq: 1, written_at: ago(690), equipment }));
  await leave(dir.join("new"), beatOf("flow-pc", { seq: 9, equipment: { id: "FLOW_01" } }));
  const { red, hosts } = await standingOf(dir);
  assert.deepEqual([red, hosts[0]!.unsafe_bytes, hosts[0]!.oldest_unsafe_at], [0, 0, null]);
  assert.equal(hosts[0]!.trouble, "safe");
});

Deno.test("the old one of two installations is taken out of service, and the new one is well", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const old = beatOf("flow-pc", { state_id: OTHER, written_at: ago(900), version: "0.1.0" });
  await leave(dir.join("a"), old);
  await leave(dir.join("a"), beatOf("flow-pc", { state_id: ID }));
  assert.equal((await standingOf(dir)).red, 2);
  // Some shares keep all names in capitals.
  for (const name of [`${stemOf(old).toUpperCase()}.retired`, `${stemOf(old)}.RETIRED`]) {
    await dir.write(`a/.labferry-fleet/${name}`, "");
    const { red, hosts } = await standingOf(dir);
    assert.deepEqual([red, hosts.map(({ trouble }) => trouble)], [0, ["retired", "safe"]], name);
    await Deno.remove(dir.join("a/.labferry-fleet", name));
  }
});

Deno.test("a computer that got another name is one, and its old reports are not of a vanished one", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const old = { state_id: ID, seq: 5, written_at: ago(700), equipment: { id: "FLOW_01" } };
  await leave(dir.join("a"), beatOf("flow-pc", old));
  await dir.write("a/.labferry-fleet/flow-pc/reports/r/outline.json", "{}");
  await leave(dir.join("a"), beatOf("new-pc", { state_id: ID, equipment: { id: "FLOW_01" } }));
  const { red, hosts } = await standingOf(dir);
  assert.deepEqual([red, hosts.map(({ host }) => host)], [0, ["new-pc"]]);
  assert.equal(hosts[0]!.findings[0]!.words, "was called flow-pc");
  // Within the stale time it is the same: the old service had ended when the new one began.
  const minutes = (count: number) => ago(count / 60);
  await leave(dir.join("a"), beatOf("flow-pc", { ...old, written_at: minutes(20) }));
  const renamed = { ...old, seq: 6, written_at: minutes(3), uptime_s: 15 * 60 };
  await leave(dir.join("a"), beatOf("new-pc", renamed));
  assert.deepEqual((await standingOf(dir)).hosts.map(({ trouble }) => trouble), ["renamed"]);
  // The old one wrote once more after that: it is still at work somewhere.
  await leave(dir.join("a"), beatOf("flow-pc", { ...old, written_at: minutes(17) }));
  assert.deepEqual((await standingOf(dir)).hosts.map(({ trouble }) => trouble), ["twice"]);
  await leave(dir.join("a"), beatOf("flow-pc", old));
  // Both at work is another matter: two computers with one state.
  const now = { state_id: ID, seq: 6, equipment: { id: "GEL_01" } };
  await leave(dir.join("b"), beatOf("copy-pc", now));
  assert.equal((await standingOf(dir)).hosts[0]!.trouble, "twice");
});

Deno.test("what a NAS makes in the folder is no computer, and a host's folder has its name as it is", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await leave(dir.join("a"), beatOf("m-ller-pc"));
  await dir.write("a/.labferry-fleet/@eaDir/x", "");
  await dir.write("a/.labferry-fleet/müller-pc/drills-1.tsv", "");
  const { red, hosts } = await standingOf(dir);
  assert.deepEqual([red, hosts.map(({ host }) => host)], [0, ["m-ller-pc"]]);
});

testWith(
  ["root", "linux"],
  "what may not be looked into is said, and takes no computer with it",
  async () => {
    await using dir = await tempDir("labferry-fleet-");
    await leave(dir.join("a"), beatOf("flow-pc"));
    const closed = ["b", "a/.labferry-fleet/gel-pc"];
    // A file system's own, and the folder of a host that is heard of: nothing is missing there.
    const nobodys = ["lost+found", "a/.labferry-fleet/@eaDir", "a/.labferry-fleet/flow-pc"];
    for (const path of [...closed, ...nobodys]) await Deno.mkdir(dir.join(path), { mode: 0o700 });
    await Deno.chmod(dir.path, 0o755);
    const script = new URL("./read_as_nobody.ts", import.meta.url).pathname;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, script, dir.path],
      stdin: "null",
    }).output();
    const [words, host, ...notes] = decode(stdout).trimEnd().split("\n");
    assert.equal(
      words,
      "1 computer, nothing is red of what could be read; 2 places could not.",
      decode(stderr),
    );
    assert.equal(host, "flow-pc safe");
    assert.deepEqual(
      notes.map((note) => note.split(" could not be looked at: Permission denied")[0]),
      closed.map((path) => dir.join(path)).toSorted(),
    );
  },
);

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("a heartbeat of very many rows is cut, and long words are", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const long = "x".repeat(50_000);
  const destinations = Array.from({ length: 20_000 }, (_, i) => ({
    name: `${i}`,
    up: false,
    since: null,
    reason: i < 3 ? long : "no route",
  }));
  const odd = '{"__proto__": 5, "constructor": 7, "verified": 2}';
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`state_${i}`, 1]));
  const path = await leave(
    dir.join("a"),
    beatOf("flow-pc", {
      destinations,
      written_at: `Thu, 26 Nov 2026 11:59:00 GMT (${long})`,
      equipment: { counts: { odd: 1 }, held: { ...many, [long]: 1 } },
    }),
  );
  await Deno.writeTextFile(
    path,
    (await Deno.readTextFile(path)).replace(/\{\s+"odd": 1\s+\}/, odd),
  );
  const found = await findHeartbeats([dir.path]);
  const { hosts: [host] } = fleetStanding(found, { now: NOW, staleMs: 3_600_000 });
  assert.equal(host!.findings.length, 1_000);
  const longest = Math.max(...host!.findings.map(({ words }) => words.length));
  assert.ok(longest > 500 && longest < 600, `${longest}`);
  assert.equal(host!.written_at, "2026-11-26T11:59:00.000Z");
  assert.deepEqual(
    JSON.parse(JSON.stringify(host!.runs)),
    JSON.parse(
      '{"__proto__": 5, "constructor": 7, "verified": 2}',
    ),
  );
  const { reading } = found.folders[0]!.heartbeats[0]!;
  assert.equal(reading.kind, "heartbeat");
  if (reading.kind !== "heartbeat") return;
  const [held] = reading.heartbeat.equipment.map(({ held }) => Object.keys(held));
  assert.equal(held!.length, 100);
  // Names tell computers apart, so that one that is too long is none.
  for (const wrong of [{ host: long }, { state_id: long }]) {
    await Deno.writeTextFile(path, JSON.stringify({ ...beatOf("flow-pc"), ...wrong }));
    const { hosts } = await standingOf(dir);
    assert.match(hosts[0]!.findings[0]!.words, /cannot be read: it is not a heartbeat$/);
  }
});

Deno.test("a place that is named and has no heartbeat is said beside those that have", async () => {
  await using dir = await tempDir("labferry-fleet-");
  await leave(dir.join("volume/FLOW_01"), beatOf("flow-pc"));
  await leave(dir.join("lab/GEL_01"), beatOf("gel-pc"));
  await Deno.symlink(dir.join("volume/FLOW_01"), dir.join("lab/FLOW_01"));
  await Deno.symlink(dir.join("volume/gone"), dir.join("lab/OLD_01"));
  await dir.write("lab/fleet.html", "");
  const read = async (...names: string[]) => {
    const { folders, unread } = await findHeartbeats(names.map((name) => dir.join(name)));
    const { hosts } = fleetStanding({ folders, unread }, { now: NOW, staleMs: 3_600_000 });
    return [hosts.map(({ host }) => host), unread.map(({ path }) => path.split("/").at(-1))];
  };
  assert.deepEqual(await read("lab"), [["flow-pc", "gel-pc"], []]);
  await Deno.mkdir(dir.join("lab/archive"));
  // As a shell names all of `lab/*`.
  assert.deepEqual(await read("lab/GEL_01", "lab/archive", "lab/fleet.html"), [
    ["gel-pc"],
    ["archive"],
  ]);
  assert.deepEqual(await read("lab/GEL_01", "not mounted"), [["gel-pc"], ["not mounted"]]);
  await dir.write("lab/FULL_01/.labferry-fleet", "no folder");
  assert.deepEqual(await read("lab"), [["flow-pc", "gel-pc"], [".labferry-fleet"]]);
  for (const name of ["lab/fleet.html", "lab/archive", "lab/FULL_01"]) {
    await assert.rejects(read(name), { code: "not_found" }, name);
  }
  // The folder alone is no word of any computer.
  await Deno.mkdir(dir.join("lab/archive/.labferry-fleet"));
  await assert.rejects(read("lab/archive"), { code: "not_found" });
});
