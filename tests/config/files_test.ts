/** What labferry writes itself: the first file, the schema, the view of it all. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import {
  configJsonSchema,
  initialConfig,
  showConfig,
  withoutSecrets,
  writeInitialConfig,
} from "../../lib/config/mod.ts";
import { exampleEquipment } from "../../lib/config/init.ts";
import { tempDir } from "../support/temp_dir.ts";
import { check, configOf, equipment, problemsOf } from "./support.ts";

const contract = await Deno.readTextFile(new URL("contract.yaml", import.meta.url));

Deno.test("initialConfig loads as it is and means the defaults", () => {
  assert.deepEqual(configOf(initialConfig()), configOf(""));
  assert.match(initialConfig(), /^# yaml-language-server: \$schema=config\.schema\.json\n/);
});

Deno.test("initialConfig's examples load once their comment marks are off", () => {
  assert.ok(initialConfig().includes(`#${exampleEquipment("linux").split("\n")[1]}\n`));
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
  const options = { os: "linux", env: {} } as const;
  await writeInitialConfig(path, options);
  assert.equal(await Deno.readTextFile(path), initialConfig());
  await Deno.writeTextFile(path, "mine: 1\n");
  await assert.rejects(writeInitialConfig(path, options), { code: "already_exists" });
  assert.equal(await Deno.readTextFile(path), "mine: 1\n");
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

Deno.test("configJsonSchema knows every key of the contract, and says what each is for", async () => {
  const keys = schemaKeys(await configJsonSchema() as Node);
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

Deno.test("showConfig shows what is in force, and loads to the same configuration", async () => {
  const { effective, config } = check(contract);
  const shown = await showConfig(effective!);
  assert.match(shown, /scrub_days: 90/);
  assert.deepEqual(problemsOf(shown), []);
  const { hooks: _, ...rest } = configOf(shown);
  const { hooks: __, ...expected } = config!;
  assert.deepEqual(rest, expected);
  assert.match(await showConfig(check("").effective!), /max_parallel: 2/);
});

Deno.test("withoutSecrets hides the arguments of hooks, and passwords in addresses", async () => {
  const text = equipment().replace("//nas/lab", "smb://me:hunter2@nas/lab") +
    'hooks: { on_failed: ["/bin/curl", "https://chat/x?token=abc", "{run}", "{event}{message}"] }\n' +
    "lims: { password: hunter3 }\n";
  const shown = withoutSecrets(check(text).effective!);
  assert.deepEqual(shown.hooks, { on_failed: ["/bin/curl", "***", "{run}", "{event}{message}"] });
  const all = await showConfig(check(text).effective!);
  assert.doesNotMatch(all, /hunter|abc/);
  assert.match(all, /smb:\/\/me:\*\*\*@nas\/lab/);
});
