/** `common.yaml` and `hosts/<hostname>.yaml`. */
import assert from "node:assert/strict";
import { checkLayers } from "../../lib/config/check.ts";
import type { LabferryError } from "../../lib/base/mod.ts";
import { checkFolder } from "../../lib/config/check_folder.ts";
import { keepLastGood, loadConfig, settingOrigins } from "../../lib/config/mod.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const COMMON = `# of all
sync: { max_parallel: 3, scan_seconds: 60 }
validator:
  symlinks: skip
  content_scan_extensions: [".txt", ".md"]
hooks:
  on_failed: ["/usr/bin/notify", "{message}"]
  on_verified: ["/usr/bin/notify", "{run}"]
`;

const equipment = (id: string, base = `/mnt/nas/${id}`) =>
  `equipment:
  - id: ${id}
    label: ${id}
    local_root: /data
    nas_root: /mnt/nas
    completeness_signal: manual
    transport: { type: mount, path: ${base} }
`;

async function folderOf(dir: TempDir, files: Readonly<Record<string, string>>): Promise<string> {
  await Deno.mkdir(dir.join("lab/hosts"), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(dir.join("lab", name), text);
  }
  return dir.join("lab");
}

const ENV = { HOME: "/home/x" };

Deno.test("maps merge, scalars and lists replace, null takes away, and each value says its file", async () => {
  await using dir = await tempDir("labferry-layers-");
  const own = `${equipment("FLOW_01")}sync: { max_parallel: 5 }
validator: { content_scan_extensions: [".ini"] }
hooks: { on_verified: null }
`;
  const path = await folderOf(dir, { "common.yaml": COMMON, "hosts/FLOW-PC.yaml": own });
  const loaded = await loadConfig({ path, host: "flow-pc", env: ENV });
  const { sync, validator, hooks } = loaded.config;
  assert.deepEqual([sync.maxParallel, sync.scanSeconds], [5, 60]);
  assert.deepEqual([validator.symlinks, validator.contentScanExtensions], ["skip", [".ini"]]);
  assert.deepEqual(Object.keys(hooks), ["on_failed"]);
  const origins = await settingOrigins(loaded);
  const from = (wanted: string) => {
    const { origin, file, line } = origins.find(({ key }) => key === wanted)!;
    return [origin, file?.split(/[\\/]/).at(-1), line];
  };
  assert.deepEqual(from("sync.max_parallel"), ["file", "FLOW-PC.yaml", 8]);
  assert.deepEqual(from("sync.scan_seconds"), ["file", "common.yaml", 2]);
  assert.deepEqual(from("sync.litter"), ["default", undefined, null]);
  assert.deepEqual(from("equipment.FLOW_01.transport.path"), ["file", "FLOW-PC.yaml", 7]);
});

Deno.test("equipment merges by its id, and a problem names the file it is in", () => {
  const check = (common: string, host: string) =>
    checkLayers([{ file: "common.yaml", text: common }, { file: "host.yaml", text: host }], {
      file: "host.yaml",
      os: "linux",
      env: ENV,
    });
  const common = equipment("FLOW_01") + "  # more\n";
  const good = check(common, "equipment:\n  - { id: FLOW_01, label: Upstairs }\n");
  assert.deepEqual(good.problems, []);
  assert.deepEqual(
    good.config!.equipment.map(({ id, label, localRoot }) => [id, label, localRoot]),
    [["FLOW_01", "Upstairs", "/data"]],
  );
  const other = check(
    common,
    "equipment:\n  - { id: FLOW_01, transport: { type: rclone, rclone_remote: r, rclone_remote_path: p } }\n",
  );
  assert.deepEqual(other.problems, []);
  assert.equal(other.config!.equipment[0]!.transport.type, "rclone");

  const wrong = check("sync: { max_paralel: 3 }\n", "sync:\n  scan_seconds: soon\n");
  assert.deepEqual(wrong.problems.map(({ file, line, key }) => [file, line, key]), [
    ["common.yaml", 1, "sync.max_paralel"],
    ["host.yaml", 2, "sync.scan_seconds"],
  ]);
  const second = check(equipment("GEL_01"), "equipment:\n  - id: FLOW_01\n    labl: x\n");
  assert.ok(second.problems.every(({ file }) => file === "host.yaml"), JSON.stringify(second));
  const broken = check("sync: {", "");
  assert.equal(broken.problems[0]?.file, "common.yaml");
  const twice = check(
    "",
    equipment("FLOW_01") + equipment("FLOW_01").split("\n").slice(1).join("\n"),
  );
  assert.match(JSON.stringify(twice.problems), /stands twice in one file/);
});

Deno.test("a deletion is switched on by the host's own file alone, unless it is said", () => {
  const enabled = (common: string, host: string) => {
    const { config, notices } = checkLayers([
      { file: "common.yaml", text: common },
      { file: "host.yaml", text: host },
    ], { file: "host.yaml", os: "linux", env: ENV });
    return [config!.nasCleanup.enabled, notices.some((line) => line.includes("does not count"))];
  };
  const on = "nas_cleanup: { enabled: true, min_age_hours: 48 }\n";
  assert.deepEqual(enabled(on, ""), [false, true]);
  assert.deepEqual(enabled("nas_cleanup: { min_age_hours: 48 }\n", on), [true, false]);
  assert.deepEqual(enabled("nas_cleanup: { enabled: true, common_may_delete: true }\n", ""), [
    true,
    false,
  ]);
  assert.deepEqual(enabled(on, "nas_cleanup: { enabled: false }\n"), [false, true]);
  const said = "nas_cleanup: { enabled: true, common_may_delete: true }\n";
  for (const word of ["false", "null"]) {
    const host = `nas_cleanup: { common_may_delete: ${word} }\n`;
    assert.deepEqual(enabled(said, host), [false, true], word);
  }
});

testWith(["unix"], "a host without a file, and one with two, is exit 2", async () => {
  await using dir = await tempDir("labferry-layers-");
  const path = await folderOf(dir, {
    "common.yaml": COMMON,
    "hosts/a-pc.yaml": "",
    "hosts/A-PC.yaml": "",
  });
  for (const host of ["b-pc", "a-pc"]) {
    await assert.rejects(loadConfig({ path, host, env: ENV }), { code: "config_missing" });
  }
});

testWith(
  ["unix"],
  "the common file is read in either spelling, and two of it are refused",
  async () => {
    await using dir = await tempDir("labferry-layers-");
    const path = await folderOf(dir, {
      "Common.YML": COMMON,
      "hosts/a.yaml": equipment("FLOW_01"),
    });
    const options = { path, host: "a", env: ENV };
    assert.equal((await loadConfig(options)).config.sync.maxParallel, 3);
    await Deno.writeTextFile(`${path}/common.yaml`, "");
    await assert.rejects(loadConfig(options), /Common\.YML and common\.yaml are both there/);
  },
);

Deno.test("what is named in the place of the folder is told apart", async () => {
  await using dir = await tempDir("labferry-layers-");
  const path = await folderOf(dir, { "common.yaml": COMMON, "hosts/a.yaml": equipment("FLOW_01") });
  const common = await loadConfig({ path: `${path}/common.yaml`, env: ENV });
  assert.match(common.notices[0]!, /name the folder, or no computer's own file is read$/);
  const load = (below: string) => loadConfig({ path: dir.join(below), env: ENV });
  const all = (below: string) => checkFolder(dir.join(below), { env: ENV, os: "linux" });
  await assert.rejects(load("lab/hosts"), { hint: "name the folder above it" });
  await Deno.mkdir(dir.join("other"));
  await assert.rejects(load("other"), /neither common\.yaml nor hosts\/ in it$/);
  await assert.rejects(all("lab/hosts"), { hint: `name the folder above it: ${path}` });
  await assert.rejects(all("gone"), /in .*gone: it is not there$/);
  await assert.rejects(all("lab/common.yaml"), /: it is a file$/);
});

Deno.test("config check --all finds what two computers must not both have", async () => {
  await using dir = await tempDir("labferry-layers-");
  const path = await folderOf(dir, {
    "common.yaml": COMMON,
    "hosts/a.yaml": equipment("FLOW_01"),
    "hosts/b.yaml": equipment("FLOW_01", "/mnt/nas/OTHER"),
    "hosts/c.yaml": equipment("GEL_01", "/mnt/nas/FLOW_01/below"),
    "hosts/d.yaml": equipment("PLATE_01"),
    "hosts/e.yaml": "sync: { enabled: maybe }\n",
    "hosts/f.yaml.txt": equipment("FLOW_02"),
    "hosts/._a.yaml": "a Mac's own",
  });
  const { hosts, together, nobodys } = await checkFolder(path, { env: ENV, os: "linux" });
  assert.deepEqual(hosts.map(({ host, problems }) => [host, problems.length]), [
    ["a", 0],
    ["b", 0],
    ["c", 0],
    ["d", 0],
    ["e", 1],
  ]);
  assert.deepEqual(together, [
    "FLOW_01 is an equipment of a and of b",
    "GEL_01 of c has the destination of FLOW_01 of a, or one nested with it",
  ]);
  assert.deepEqual(nobodys, ["f.yaml.txt"]);
  for (const name of ["a", "b", "c", "d", "e"]) await Deno.remove(`${path}/hosts/${name}.yaml`);
  const alone = checkFolder(path, { env: ENV, os: "linux" });
  await assert.rejects(alone, /has no \.yaml file; what is there is called f\.yaml\.txt$/);
});

Deno.test("when the folder is away and what was kept of it is torn, both are said", async () => {
  await using dir = await tempDir("labferry-layers-");
  const path = await folderOf(dir, {
    "common.yaml": COMMON,
    "hosts/flow-pc.yaml": equipment("FLOW_01"),
  });
  const stateDir = dir.join("state");
  await Deno.mkdir(stateDir);
  const options = { path, host: "flow-pc", stateDir: () => stateDir, env: ENV };
  await keepLastGood(stateDir, await loadConfig(options));
  const kept = `${stateDir}/last_config.json`;
  const whole = await Deno.readFile(kept);
  await Deno.rename(path, `${path}-away`);
  for (const torn of [whole.subarray(0, whole.length / 2), new Uint8Array(), new Uint8Array(9)]) {
    await Deno.writeFile(kept, torn);
    await assert.rejects(loadConfig(options), (error: LabferryError) => {
      assert.equal(error.code, "config_unreadable");
      assert.match(error.message, /is away/);
      assert.ok(error.message.includes(kept), error.message);
      return true;
    });
  }
  // A folder that is there needs nothing that was kept.
  await Deno.rename(`${path}-away`, path);
  assert.equal((await loadConfig(options)).config.equipment[0]!.id, "FLOW_01");
});

Deno.test("when the folder is away, what was last good is used, and that is said", async () => {
  await using dir = await tempDir("labferry-layers-");
  const path = await folderOf(dir, {
    "common.yaml": COMMON,
    "hosts/flow-pc.yaml": equipment("FLOW_01"),
  });
  const stateDir = dir.join("state");
  await Deno.mkdir(stateDir);
  const options = { path, host: "flow-pc", stateDir: () => stateDir, env: ENV };
  const first = await loadConfig(options);
  await keepLastGood(stateDir, first);
  await Deno.rename(path, `${path}-away`);
  const second = await loadConfig(options);
  assert.deepEqual(second.config, first.config);
  assert.match(second.notices[0]!, /is not there: .* last started with/);
  // The place where the share is mounted stays when the share is away.
  await Deno.mkdir(path);
  const third = await loadConfig(options);
  assert.deepEqual(third.config, first.config);
  assert.match(third.notices[0]!, /is empty: .* last started with/);
  await Deno.writeTextFile(`${path}/something.txt`, "");
  await assert.rejects(loadConfig(options), { code: "config_unreadable" });
  await Deno.remove(path, { recursive: true });
  await assert.rejects(loadConfig({ ...options, path: `${path}-other` }), {
    code: "config_missing",
  });
  // One that is there and wrong is told, not stood in for.
  await folderOf(dir, { "common.yaml": "sync: {", "hosts/flow-pc.yaml": "" });
  await assert.rejects(loadConfig(options), { code: "config_invalid" });
});
