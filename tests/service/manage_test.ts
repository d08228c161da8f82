/** `labferry service` with a manager that writes down what it is asked. */
import assert from "node:assert/strict";
import { type Lab, openLab } from "../support/lab.ts";
import { type CliResult, labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";

interface Scene {
  readonly service: (...args: string[]) => Promise<CliResult>;
  /** What systemctl was asked since the last call. */
  readonly asked: () => Promise<string[]>;
  readonly unit: string;
}

async function openScene(lab: Lab): Promise<Scene> {
  const log = lab.join("asked");
  const script = `#!/bin/sh
[ "$1" = --version ] && { echo "systemd 252 (252.1)"; exit 0; }
echo "$@" >> '${log}'
[ -e '${lab.join("broken")}' ] && { echo "Failed to connect to bus" >&2; exit 1; }
exit 0
`;
  await Deno.mkdir(lab.join("bin"));
  await Deno.writeTextFile(lab.join("bin/systemctl"), script, { mode: 0o755 });
  const env = {
    ...lab.env,
    PATH: `${lab.join("bin")}:${lab.env.PATH}`,
    XDG_CONFIG_HOME: lab.join("xdg"),
  };
  return {
    service: (...args) => labferry({ ...lab, env }, ["service", ...args, "--user"]),
    asked: async () => {
      const text = await Deno.readTextFile(log).catch((error) => {
        if (error instanceof Deno.errors.NotFound) return "";
        throw error;
      });
      await Deno.writeTextFile(log, "");
      return text.split("\n").slice(0, -1);
    },
    unit: lab.join("xdg/systemd/user/labferry.service"),
  };
}

testWith(
  ["linux"],
  "service install writes what print shows, once, and uninstall keeps the rest",
  async () => {
    await using lab = await openLab();
    const { service, asked, unit } = await openScene(lab);
    const shown = await service("print");
    assert.equal(shown.code, 0, shown.stderr);
    assert.deepEqual(await asked(), []);
    const installed = await service("install");
    assert.equal(installed.code, 0, installed.stderr);
    assert.equal(await Deno.readTextFile(unit), shown.stdout);
    assert.ok(shown.stdout.includes(`"--config" "${lab.configFile}"`), shown.stdout);
    assert.deepEqual(await asked(), [
      "--user daemon-reload",
      "--user enable labferry.service",
      "--user restart labferry.service",
    ]);
    const { mtime } = await Deno.stat(unit);
    const again = await service("install");
    assert.match(again.stdout, /Everything is as it should be/);
    assert.deepEqual((await Deno.stat(unit)).mtime, mtime);
    assert.equal((await asked()).at(-1), "--user start labferry.service");
    assert.equal((await service("status")).code, 0);
    await asked();
    const removed = await service("uninstall");
    assert.match(removed.stdout, /state \(.*\) and data stay/);
    assert.deepEqual(await asked(), [
      "--user disable --now labferry.service",
      "--user daemon-reload",
    ]);
    await assert.rejects(() => Deno.stat(unit), Deno.errors.NotFound);
    await Deno.stat(lab.configFile);
    await Deno.stat(lab.stateDir.path);
    assert.match((await service("uninstall")).stdout, /No service of labferry's is installed/);
    const status = await service("status", "--json");
    assert.equal(status.code, 1);
    assert.deepEqual(status.json().files, [{ path: unit, state: "missing" }]);
  },
);

testWith(
  ["linux"],
  "service install replaces no file of another's, and says what the manager says",
  async () => {
    await using lab = await openLab();
    const { service, asked, unit } = await openScene(lab);
    await service("install", "--no-start");
    assert.equal((await asked()).at(-1), "--user enable labferry.service");
    await Deno.writeTextFile(unit, `${await Deno.readTextFile(unit)}# older\n`);
    assert.match((await service("install")).stdout, /^Written: /);
    await Deno.writeTextFile(unit, "[Service]\nExecStart=/bin/true\n");
    for (const command of ["install", "uninstall"]) {
      const { code, stderr } = await service(command);
      assert.equal(code, 1);
      assert.match(stderr, /labferry\.service is not labferry's/);
    }
    assert.equal(await Deno.readTextFile(unit), "[Service]\nExecStart=/bin/true\n");
    await Deno.remove(unit);
    await Deno.writeTextFile(lab.join("broken"), "");
    const { code, stderr } = await service("install");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /systemctl --user daemon-reload failed: Failed to connect to bus\n {2}hint: the files are written/,
    );
    const removed = await service("uninstall");
    assert.equal(removed.code, 1);
    assert.match(removed.stderr, /Failed to connect to bus\n {2}hint: the files are removed/);
    await assert.rejects(() => Deno.stat(unit), Deno.errors.NotFound);
    await Deno.writeTextFile(lab.configFile, "equipment: [\n");
    assert.equal((await service("install")).code, 2);
    await assert.rejects(() => Deno.stat(unit), Deno.errors.NotFound);
  },
);

Deno.test("service print shows each kind's files on any system, install only this one's", async () => {
  await using lab = await openLab();
  for (const [kind, start] of [["launchd", "<?xml"], ["windows", "<?xml"]] as const) {
    const { code, stdout, stderr } = await labferry(lab, ["service", "print", "--kind", kind]);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.startsWith(start));
    if (Deno.build.os !== "linux") continue;
    const refused = await labferry(lab, ["service", "install", "--kind", kind]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, new RegExp(`this system has no ${kind}`));
  }
  const portable = { ...lab.env, LABFERRY_EXECUTABLE: lab.configFile };
  const named = await labferry({ ...lab, env: portable }, [
    "service",
    "print",
    "--kind",
    "systemd",
  ]);
  assert.ok(named.stdout.includes(`ExecStart="${lab.configFile}" "daemon" `), named.stdout);
  const both = await labferry(lab, ["service", "print", "--user", "--account", "lab"]);
  assert.equal(both.code, 2);
});
