/** What somebody meets in the first hour: each sentence leads on, none leads to the risky command. */
import assert from "node:assert/strict";
import { openLab, writeFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { startSshd } from "../support/sshd.ts";
import { testWith } from "../support/needs.ts";

const FILES = { "a.dat": "alpha" };

Deno.test("a known destination that is not there is to be mounted, not made anew", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  await Deno.rename(lab.farBase("PLATE_01"), lab.join("unplugged"));
  const run = await lab.makeRun(FILES);
  const checked = await labferry(lab, ["destination", "check"]);
  const waited = await labferry(lab, ["enqueue", run, "--wait"]);
  assert.deepEqual([checked.code, waited.code], [4, 4]);
  const status = await labferry(lab, ["status"]);
  assert.match(status.stdout, /^Destination PLATE_01: cannot be reached: /m);
  for (const text of [checked.stdout, waited.stderr]) {
    assert.match(text, /hint.*: .*[Mm]ount/);
    assert.doesNotMatch(text, /destination init|destinations\.json/);
  }
});

Deno.test("labferry destination init says what it makes before it makes it, and check gives a hint", async () => {
  await using lab = await openLab();
  const before = await labferry(lab, ["destination", "check"]);
  assert.match(before.stdout, /hint for PLATE_01: .*destination init PLATE_01/);
  const made = await labferry(lab, ["destination", "init"]);
  const base = lab.farBase("PLATE_01");
  assert.ok(made.stderr.includes(`${base}: makes that folder if it is not there`), made.stderr);
  assert.match(made.stdout, /belongs to labferry now/);
  const again = await labferry(lab, ["destination", "init"]);
  assert.doesNotMatch(again.stderr, /makes that folder/);
});

Deno.test("labferry ship of an empty folder says to put files there", async () => {
  await using lab = await openLab();
  await Deno.mkdir(lab.join("scan"));
  const { code, stderr } = await labferry(lab, ["ship", lab.join("scan"), "--to", lab.join("b")]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /no data files[\s\S]*hint: put its files there first/);
});

testWith(["sshd", "rsync"], "a --ssh-key that is not there is told as that", async () => {
  await using sshd = await startSshd();
  await using lab = await openLab({ equipment: { PLATE_01: "rsync_ssh" }, sshd });
  await writeFiles(lab.join("scan"), FILES);
  const { user, host, port } = sshd;
  const args = ["--to", `${user}@${host}:${lab.join("far")}`, "--init-destination"];
  const key = ["--ssh-key", lab.join("no key"), "--ssh-port", String(port)];
  const { code, stderr } = await labferry(lab, ["ship", lab.join("scan"), ...args, ...key]);
  assert.equal(code, 4, stderr);
  assert.match(stderr, /no private key at .*no key[\s\S]*hint: correct --ssh-key/);
});

Deno.test("labferry config check warns of what is named and not there", async () => {
  await using lab = await openLab();
  const yaml = `equipment:
  - { id: A_01, local_root: ${
    lab.join("none")
  }, nas_root: n, completeness_signal: manual, transport: { type: mount, path: ${
    lab.join("nowhere")
  } } }
  - { id: B_01, local_root: ${lab.dataRoot}, nas_root: n, completeness_signal: manual, transport: { type: rsync_ssh, ssh_target: a@b, ssh_key_path: ${
    lab.join("key")
  }, remote_path: /x } }
`;
  await Deno.writeTextFile(lab.configFile, yaml);
  const { code, stdout, stderr } = await labferry(lab, ["config", "check"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /no fault, 3 warnings, 2 instruments/);
  assert.match(stderr, /A_01: local_root .*none is not there/);
  assert.match(stderr, /A_01: destination .*nowhere is not there/);
  assert.match(stderr, /B_01: ssh_key_path .*key is not there/);
});

testWith(
  ["rclone"],
  "labferry config check asks rclone for the remotes that are named",
  async () => {
    await using lab = await openLab();
    const entry = (id: string, remote: string) =>
      `  - { id: ${id}, local_root: ${lab.path}, nas_root: n, completeness_signal: manual, transport: { type: rclone, rclone_remote: ${remote}, rclone_remote_path: ${id} } }\n`;
    await Deno.writeTextFile(
      lab.configFile,
      `equipment:\n${entry("A_01", "labnas")}${entry("B_01", "nosuch")}`,
    );
    const { warnings } = (await labferry(lab, ["config", "check", "--json"])).json();
    assert.equal(warnings.length, 1, JSON.stringify(warnings));
    assert.match(warnings[0], /^B_01: rclone has no remote called nosuch/);
  },
);
