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
  const name = `${stemOf(old).toUpperCase()}.retired`;
  await dir.write(`a/.labferry-fleet/${name}`, "");
  const { red, hosts } = await standingOf(dir);
  assert.deepEqual([red, hosts.map(({ trouble }) => trouble)], [0, ["retired", "safe"]]);
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
  "a folder that may not be looked into is said, and takes no computer with it",
  async () => {
    await using dir = await tempDir("labferry-fleet-");
    await leave(dir.join("a"), beatOf("flow-pc"));
    await Deno.mkdir(dir.join("lost+found"), { mode: 0o700 });
    await Deno.chmod(dir.path, 0o755);
    const script = new URL("./read_as_nobody.ts", import.meta.url).pathname;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, script, dir.path],
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.match(said, /^flow-pc safe\n.*lost\+found could not be looked at/s, decode(stderr));
  },
);

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("a heartbeat of very many rows is cut, and long words are", async () => {
  await using dir = await tempDir("labferry-fleet-");
  const destinations = Array.from({ length: 20_000 }, (_, i) => ({
    name: `${i}`,
    up: false,
    since: null,
    reason: "x".repeat(30),
  }));
  await leave(dir.join("a"), beatOf("flow-pc", { destinations }));
  const { hosts } = await standingOf(dir);
  assert.equal(hosts[0]!.findings.length, 1_000);
});
