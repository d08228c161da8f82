/** The first configuration: by flags, by questions on a real terminal, and never over another. */
import assert from "node:assert/strict";
import { checkConfigText } from "../../lib/config/check.ts";
import { initialConfig } from "../../lib/config/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { tempDir } from "../support/temp_dir.ts";
import { PROGRAM } from "../support/program.ts";

testWith(
  ["rclone", "rsync", "sshd"],
  "what config init writes for each transport passes config check and doctor",
  async () => {
    await using sshd = await startSshd();
    await using lab = await openLab({ sshd, equipment: { FLOW_01: "rsync_ssh" } });
    const { user, host, port, keyPath } = sshd;
    const places: [string, string[]][] = [
      ["A_MOUNT", ["--to", lab.join("nas dir")]],
      ["B_RCLONE", ["--to", `labnas:${lab.join("b")}`, "--signal", "manifest"]],
      [
        "C_SSH",
        [
          ...["--to", `${user}@${host}:${lab.join("c")}`, "--ssh-port", String(port)],
          ...["--ssh-key", keyPath, "--signal", "sentinel_file", "--sentinel", "done: yes.flag"],
        ],
      ],
    ];
    for (const [id, flags] of places) {
      const here = { ...lab, configFile: lab.join(id, "config.yaml") };
      const args = ["config", "init", "--equipment", id, "--local-root", lab.dataRoot, ...flags];
      const made = await labferry(here, [...args, "--label", 'Plate "reader" # 1']);
      assert.equal(made.code, 0, made.stderr);
      assert.match(made.stdout, new RegExp(`Next: labferry destination init ${id}`));
      const checked = await labferry(here, ["config", "check"]);
      assert.equal(checked.code, 0, checked.stderr);
      for (const init of [false, true]) {
        if (init) assert.equal((await labferry(here, ["destination", "init"])).code, 0);
        const doctor = await labferry(here, ["doctor", "--json"]);
        assert.equal(doctor.code, 0, doctor.stdout);
        const unmarked = /destination_unmarked/.test(doctor.stdout);
        assert.equal(unmarked, !init);
      }
    }
  },
);

Deno.test("config init never writes over a file, and writes nothing that would not load", async () => {
  await using lab = await openLab();
  const before = await Deno.readTextFile(lab.configFile);
  const flags = ["--equipment", "A_01", "--local-root", lab.dataRoot, "--to", lab.join("nas")];
  const over = await labferry(lab, ["config", "init", ...flags]);
  assert.equal(over.code, 1);
  assert.match(over.stderr, /is there already: a configuration is never replaced\n {2}hint: /);
  assert.equal(await Deno.readTextFile(lab.configFile), before);
  const fresh = { ...lab, configFile: lab.join("new.yaml") };
  for (
    const [args, said] of [
      [["--equipment", "plate reader"], /needs --local-root/],
      [[...flags, "--equipment", "plate reader"], /is no id for an instrument/],
      [[...flags, "--to", "a@b:c"], /is no destination/],
      [[...flags, "--signal", "sentinel_file", "--sentinel", "../up"], /sentinel_filename/],
    ] as const
  ) {
    const { code, stderr } = await labferry(fresh, ["config", "init", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, said);
    await assert.rejects(() => Deno.stat(fresh.configFile), Deno.errors.NotFound);
  }
});

Deno.test("initialConfig has each system's paths, and its examples load there", () => {
  for (const os of ["linux", "darwin", "windows"] as const) {
    const text = initialConfig({ os }).replace(/^#(?= {2}(- | {2}|on_))/gm, "");
    const env = { HOME: "/home/lab", USERPROFILE: "C:/Users/lab" };
    const { problems, config } = checkConfigText(text, { file: "x", os, env });
    assert.deepEqual(problems, []);
    assert.equal(config?.equipment.length, 3);
  }
  assert.match(initialConfig({ os: "windows" }), /local_root: D:\/lab /);
  assert.doesNotMatch(initialConfig({ os: "windows" }), /\/data\/lab|\/mnt|\/usr/);
});

testWith(["script"], "config init asks at a terminal, and asks again", async () => {
  await using dir = await tempDir();
  const config = dir.join("config.yaml");
  const answers = ["plate 1", "PLATE_01", "", dir.join("data"), `bad@host:x`, dir.join("nas")];
  const intake = [dir.join("out"), "", "some", "new_only"];
  const child = new Deno.Command("script", {
    args: [
      ...["-qec", `${Deno.execPath()} ${PROGRAM.join(" ")} config init --config ${config}`],
      "/dev/null",
    ],
    env: { NO_COLOR: "1", SHELL: "/bin/sh" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode([...answers, "sometime", "", "7", ...intake, ""].join("\n")),
  );
  const { code, stdout } = await child.output();
  await writer.close();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 0, said);
  assert.match(said, /"plate 1" is no id for an instrument/);
  assert.match(said, /must begin with \//);
  assert.match(said, /"sometime" is none of the four/);
  const text = await Deno.readTextFile(config);
  assert.match(said, /"some" is neither all nor new_only/);
  assert.match(text, /- id: "PLATE_01" [\s\S]*quiet_minutes: 7\n/);
  assert.match(text, /intake:\n {6}watch: \[".*out"\].*\n.*"Unsorted"\n {6}existing: new_only/);
  assert.deepEqual(checkConfigText(text, { file: "x", os: "linux", env: {} }).problems, []);
});

Deno.test("config init does not send people to a file that it did not write", async () => {
  await using lab = await openLab();
  const here = { ...lab, configFile: lab.join("new/config.yaml") };
  const args = ["config", "init", "--equipment", "OK_1", "--local-root", lab.join("x")];
  const { code, stderr } = await labferry(here, [...args, "--to", lab.join("x/y")]);
  assert.equal(code, 2);
  assert.match(stderr, /the destination lies inside .*\n {2}hint: nothing was written/);
  await assert.rejects(Deno.lstat(here.configFile), Deno.errors.NotFound);
});
