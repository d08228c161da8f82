/** What labferry writes itself: the first file, a changed value, the schema, the view of it all. */
import assert from "node:assert/strict";
import { parse, parseDocument } from "yaml";
import {
  configJsonSchema,
  initialConfig,
  rewriteConfig,
  setConfigValue,
  showConfig,
  withoutSecrets,
  writeInitialConfig,
} from "../../lib/config/mod.ts";
import { EXAMPLE_EQUIPMENT } from "../../lib/config/init.ts";
import { tempDir } from "../support/temp_dir.ts";
import { check, configOf, equipment, problemsOf } from "./support.ts";

const contract = await Deno.readTextFile(new URL("contract.yaml", import.meta.url));
const exlab = await Deno.readTextFile(new URL("../fixtures/exlab-config.yaml", import.meta.url));

Deno.test("initialConfig loads as it is and means the defaults", () => {
  assert.deepEqual(configOf(initialConfig()), configOf(""));
  assert.match(initialConfig(), /^# yaml-language-server: \$schema=config\.schema\.json\n/);
});

Deno.test("initialConfig's examples load once their comment marks are off", () => {
  assert.ok(initialConfig().includes(`#${EXAMPLE_EQUIPMENT.split("\n")[1]}\n`));
  const text = initialConfig()
    .replace(/^#(?= {2}(- | {2}|on_))/gm, "");
  assert.deepEqual(configOf(text).equipment.map(({ id, transport }) => [id, transport.type]), [
    ["CONFOCAL_01", "mount"],
    ["FLOW_01", "rsync_ssh"],
    ["PLATE_01", "rclone"],
  ]);
  assert.ok(configOf(text).hooks.on_failed);
});

Deno.test("writeInitialConfig makes the folders and never overwrites", async () => {
  await using dir = await tempDir();
  const path = dir.join("etc/labferry/config.yaml");
  await writeInitialConfig(path);
  assert.equal(await Deno.readTextFile(path), initialConfig());
  await Deno.writeTextFile(path, "mine: 1\n");
  await assert.rejects(writeInitialConfig(path), { code: "already_exists" });
  assert.equal(await Deno.readTextFile(path), "mine: 1\n");
});

Deno.test("setConfigValue changes one value and no other byte", () => {
  const changed = setConfigValue(contract, { keyPath: ["sync", "max_parallel"], value: 4 });
  assert.equal(changed, contract.replace("max_parallel: 2", "max_parallel: 4"));
  const label = setConfigValue(contract, { keyPath: ["equipment", 0, "label"], value: "Zeiss #2" });
  assert.equal(label, contract.replace("label: Confocal Microscope 1", 'label: "Zeiss #2"'));
  const quoted = setConfigValue(exlab, { keyPath: ["equipment", 0, "label"], value: 'a "b"' });
  assert.equal(quoted, exlab.replace('"Confocal Microscope 1"', '"a \\"b\\""'));
});

Deno.test("setConfigValue adds a key on a line of its own, and nothing else moves", () => {
  const text = "# top\nsync:   # why\n  max_parallel: 2   # two\n\n# tail\nstatus: { port: 1 }\n";
  const with_ = (keyPath: string[], value: boolean | string, from = text) =>
    setConfigValue(from, { keyPath, value });
  assert.equal(
    with_(["sync", "enabled"], false),
    text.replace("# two\n", "# two\n  enabled: false\n"),
  );
  assert.equal(
    with_(["status", "listen"], "::1"),
    text.replace("{ port: 1 }", "{ port: 1, listen: ::1 }"),
  );
  assert.equal(with_(["nas_cleanup", "enabled"], true), `${text}nas_cleanup:\n  enabled: true\n`);
  assert.equal(with_(["verify", "repair"], true, "verify: {} # x"), "verify: { repair: true } # x");
  assert.equal(with_(["verify", "repair"], true, ""), "verify:\n  repair: true\n");
  assert.equal(
    with_(["verify", "repair"], true, "# only a comment"),
    "# only a comment\nverify:\n  repair: true\n",
  );
  assert.equal(with_(["a", "c"], true, "a:\r\n  b: 1\r\n"), "a:\r\n  b: 1\r\n  c: true\r\n");
});

Deno.test("setConfigValue gives a section without content its first key", () => {
  const changed = setConfigValue("sync: # later\nverify: {}\n", {
    keyPath: ["sync", "enabled"],
    value: false,
  });
  assert.deepEqual(parse(changed), { sync: { enabled: false }, verify: {} });
  assert.equal(changed, "sync: # later\n  enabled: false\nverify: {}\n");
});

Deno.test("setConfigValue does any value anywhere, whatever the style around it", () => {
  const texts = [contract, exlab, initialConfig(), equipment()];
  const values = ["a: b", "#x", "yes", "1", "[x]", "a, b }", "", "~", " pad ", 3, 0.5, true, null];
  for (const text of texts) {
    for (const keyPath of [["logging", "level"], ["status", "listen"], ["verify", "repair"]]) {
      for (const value of values) {
        const changed = setConfigValue(text, { keyPath, value });
        assert.deepEqual(parseDocument(changed).getIn(keyPath), value);
        const touched = changed.split("\n").filter((line) => !text.split("\n").includes(line));
        assert.ok(touched.length <= 2, touched.join("\n"));
        const lost = (text.match(/ *#.*/g) ?? []).filter((comment) => !changed.includes(comment));
        assert.deepEqual(lost, []);
      }
    }
  }
});

Deno.test("setConfigValue refuses what would change another place, or is no single value", () => {
  const text = "a: &x { b: 1 }\nc: *x\nd: &y 5\ne: *y\n";
  for (const keyPath of [["c", "b"], ["d"], ["e"], ["a"]]) {
    assert.throws(() => setConfigValue(text, { keyPath, value: 2 }), { code: "config_invalid" });
  }
  assert.throws(() => setConfigValue("a: [", { keyPath: ["a"], value: 2 }), /not valid YAML/);
});

Deno.test("rewriteConfig follows a link and writes only what loads", async () => {
  await using dir = await tempDir();
  const file = await dir.write("real.yaml", "sync: { max_parallel: 2 } # two\n");
  const link = dir.join("link.yaml");
  await Deno.symlink(file, link);
  await rewriteConfig(link, { keyPath: ["sync", "max_parallel"], value: 3 });
  assert.equal(await Deno.readTextFile(file), "sync: { max_parallel: 3 } # two\n");
  assert.ok((await Deno.lstat(link)).isSymlink);
  await assert.rejects(rewriteConfig(link, { keyPath: ["sync", "max_parallel"], value: 0 }), {
    code: "config_invalid",
  });
  assert.equal(await Deno.readTextFile(file), "sync: { max_parallel: 3 } # two\n");
});

Deno.test("rewriteConfig loses none of several changes at once", async () => {
  await using dir = await tempDir();
  const file = await dir.write("c.yaml", "sync: {}\nverify: {}\n");
  await Promise.all([
    rewriteConfig(file, { keyPath: ["sync", "max_parallel"], value: 3 }),
    rewriteConfig(file, { keyPath: ["sync", "scan_seconds"], value: 5 }),
    rewriteConfig(file, { keyPath: ["verify", "repair"], value: true }),
  ]);
  assert.deepEqual(parse(await Deno.readTextFile(file)), {
    sync: { max_parallel: 3, scan_seconds: 5 },
    verify: { repair: true },
  });
});

interface Node {
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
  const?: unknown;
  description?: string;
  additionalProperties?: boolean;
  default?: unknown;
}

/** Every key the JSON Schema knows, as a path. */
function schemaKeys(node: Node, path = ""): Map<string, Node> {
  const keys = new Map<string, Node>();
  for (const [name, inner] of Object.entries(node.properties ?? {})) {
    keys.set(`${path}${name}`, inner);
    for (const [key, value] of schemaKeys(inner, `${path}${name}.`)) keys.set(key, value);
  }
  for (const inner of [node.items, ...node.anyOf ?? [], ...node.oneOf ?? []]) {
    for (const [key, value] of inner ? schemaKeys(inner, path) : []) keys.set(key, value);
  }
  return keys;
}

Deno.test("configJsonSchema knows every key of the contract, and says what each is for", () => {
  const keys = schemaKeys(configJsonSchema() as Node);
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) return value.forEach((item) => walk(item, path));
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      assert.ok(keys.has(`${path}${name}`), `${path}${name}`);
      walk(inner, `${path}${name}.`);
    }
  };
  walk(parse(contract), "");
  for (const [key, node] of keys) {
    if (key.endsWith(".type") && node.const !== undefined) continue;
    assert.ok(node.description, `${key} has no description`);
  }
  assert.equal(keys.get("sync.max_parallel")?.default, 2);
  assert.equal(keys.get("sync")?.additionalProperties, false);
  assert.ok(keys.has("lims"));
});

Deno.test("showConfig shows what is in force, and loads to the same configuration", () => {
  const { effective, config } = check(contract);
  const shown = showConfig(effective!);
  assert.match(shown, /scrub_days: 90/);
  assert.deepEqual(problemsOf(shown), []);
  const { hooks: _, ...rest } = configOf(shown);
  const { hooks: __, ...expected } = config!;
  assert.deepEqual(rest, expected);
  assert.match(showConfig(check("").effective!), /max_parallel: 2/);
});

Deno.test("withoutSecrets hides the arguments of hooks, and passwords in addresses", () => {
  const text = equipment().replace("//nas/lab", "smb://me:hunter2@nas/lab") +
    'hooks: { on_failed: ["/bin/curl", "https://chat/x?token=abc", "{run}", "{event}{message}"] }\n' +
    "lims: { password: hunter3 }\n";
  const shown = withoutSecrets(check(text).effective!);
  assert.deepEqual(shown.hooks, { on_failed: ["/bin/curl", "***", "{run}", "{event}{message}"] });
  const all = showConfig(check(text).effective!);
  assert.doesNotMatch(all, /hunter|abc/);
  assert.match(all, /smb:\/\/me:\*\*\*@nas\/lab/);
});
