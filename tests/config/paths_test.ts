/** Where things live, on every system, asked on this one. */
import assert from "node:assert/strict";
import {
  configSearchPaths,
  findConfig,
  homeOf,
  isServiceConfig,
  stateDir,
} from "../../lib/config/mod.ts";
import { defaultConfigPath, loadConfig } from "../../lib/config/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const linux = { HOME: "/home/lab" };
const mac = { HOME: "/Users/lab" };
const windows = {
  ProgramData: "D:\\ProgramData",
  APPDATA: "C:\\Users\\lab\\AppData\\Roaming",
  LocalAppData: "C:\\Users\\lab\\AppData\\Local",
  USERPROFILE: "C:\\Users\\lab",
};
const support = "/Users/lab/Library/Application Support/labferry";

Deno.test("configSearchPaths names the contract's places", () => {
  assert.deepEqual(configSearchPaths({ os: "linux", env: linux, isService: true }), [
    "/etc/labferry/config.yaml",
  ]);
  assert.deepEqual(configSearchPaths({ os: "linux", env: linux, isService: false }), [
    "/home/lab/.config/labferry/config.yaml",
    "/etc/labferry/config.yaml",
  ]);
  const xdg = { ...linux, XDG_CONFIG_HOME: "/cfg" };
  assert.equal(
    configSearchPaths({ os: "linux", env: xdg, isService: false })[0],
    "/cfg/labferry/config.yaml",
  );
  for (const isService of [true, false]) {
    assert.deepEqual(configSearchPaths({ os: "darwin", env: mac, isService }), [
      `${support}/config.yaml`,
    ]);
  }
  assert.deepEqual(configSearchPaths({ os: "windows", env: windows, isService: true }), [
    "D:\\ProgramData\\labferry\\config.yaml",
  ]);
  assert.deepEqual(configSearchPaths({ os: "windows", env: windows, isService: false }), [
    "C:\\Users\\lab\\AppData\\Roaming\\labferry\\config.yaml",
    "D:\\ProgramData\\labferry\\config.yaml",
  ]);
});

Deno.test("configSearchPaths ignores a relative XDG folder, as the XDG specification says", () => {
  const env = { ...linux, XDG_CONFIG_HOME: "cfg", XDG_STATE_HOME: "" };
  assert.equal(
    configSearchPaths({ os: "linux", env, isService: false })[0],
    "/home/lab/.config/labferry/config.yaml",
  );
  assert.equal(
    stateDir({ os: "linux", env, isService: false }),
    "/home/lab/.local/state/labferry",
  );
});

Deno.test("configSearchPaths does without a home folder where it can", () => {
  assert.deepEqual(configSearchPaths({ os: "linux", env: {}, isService: false }), [
    "/etc/labferry/config.yaml",
  ]);
  assert.deepEqual(configSearchPaths({ os: "darwin", env: {}, isService: false }), []);
  assert.throws(() => defaultConfigPath({ os: "darwin", env: {}, isService: false }), {
    code: "usage",
    hint: "name it with --config or LABFERRY_CONFIG",
  });
});

Deno.test("stateDir names the contract's places", () => {
  const of = (os: "linux" | "darwin" | "windows", env: Record<string, string>) => [
    stateDir({ os, env, isService: true }),
    stateDir({ os, env, isService: false }),
  ];
  assert.deepEqual(of("linux", { ...linux, XDG_STATE_HOME: "/st" }), [
    "/var/lib/labferry",
    "/st/labferry",
  ]);
  assert.deepEqual(of("darwin", mac), [support, support]);
  assert.deepEqual(of("windows", windows), [
    "D:\\ProgramData\\labferry\\state",
    "C:\\Users\\lab\\AppData\\Local\\labferry",
  ]);
  assert.deepEqual(of("windows", { USERPROFILE: "C:\\U" }), [
    "C:\\ProgramData\\labferry\\state",
    "C:\\U\\AppData\\Local\\labferry",
  ]);
});

Deno.test("stateDir prefers LABFERRY_STATE_DIR and asks for it where there is no home", () => {
  const env = { LABFERRY_STATE_DIR: "/tmp/s" };
  assert.equal(stateDir({ os: "linux", env, isService: true }), "/tmp/s");
  assert.throws(() => stateDir({ os: "linux", env: {}, isService: false }), { code: "usage" });
});

Deno.test("isServiceConfig knows the service's file, however it is spelled", () => {
  const is = (path: string, os: "linux" | "darwin" | "windows", env: Record<string, string>) =>
    isServiceConfig(path, { os, env, isService: false });
  assert.equal(is("/etc//labferry/./config.yaml", "linux", linux), true);
  assert.equal(is("/home/lab/.config/labferry/config.yaml", "linux", linux), false);
  assert.equal(is("d:/programdata/LABFERRY/config.yaml", "windows", windows), true);
  assert.equal(is("C:\\Users\\lab\\config.yaml", "windows", windows), false);
  assert.equal(is(`${support}/config.yaml`, "darwin", mac), false);
});

Deno.test("homeOf reads the system's own variable", () => {
  assert.equal(homeOf("linux", linux), "/home/lab");
  assert.equal(homeOf("windows", { userprofile: "C:\\U" }), "C:\\U");
  assert.equal(homeOf("linux", {}), null);
});

testWith(
  ["unix"],
  "findConfig takes --config before LABFERRY_CONFIG before the usual places",
  async () => {
    await using dir = await tempDir();
    const usual = await dir.write("cfg/labferry/config.yaml", "");
    const env = { XDG_CONFIG_HOME: dir.join("cfg") };
    assert.equal(await findConfig({ os: "linux", env }), usual);
    const named = { ...env, LABFERRY_CONFIG: "/named/by/env.yaml" };
    assert.equal(await findConfig({ os: "linux", env: named }), "/named/by/env.yaml");
    assert.equal(await findConfig({ os: "linux", env: named, path: "/p.yaml" }), "/p.yaml");
  },
);

Deno.test("loadConfig never falls back from a named file to another", async () => {
  await using dir = await tempDir();
  await dir.write("cfg/labferry/config.yaml", "");
  const env = { XDG_CONFIG_HOME: dir.join("cfg"), LABFERRY_CONFIG: dir.join("none.yaml") };
  await assert.rejects(loadConfig({ os: "linux", env }), { code: "config_missing" });
});

testWith(["unix"], "loadConfig says where it looked when there is no configuration", async () => {
  await using dir = await tempDir();
  const env = { HOME: dir.path };
  await assert.rejects(loadConfig({ os: "darwin", env }), (error: Error & { code?: string }) => {
    assert.equal(error.code, "config_missing");
    assert.ok(error.message.includes(`${dir.path}/Library/Application Support/labferry`));
    return true;
  });
});
