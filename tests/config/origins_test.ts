import assert from "node:assert/strict";
import { loadConfig, settingOrigins } from "../../lib/config/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const TEXT = `# ours
equipment:
  - id: FLOW_01
    label: Flow
    local_root: /data/lab
    nas_root: //nas/lab
    completeness_signal: manual
    transport: { type: mount, path: /mnt/nas/FLOW_01 }
sync:
  max_parallel: 3
hooks:
  on_failed: ["/usr/local/bin/notify", "--token=abc", "{run}"]
`;

Deno.test("settingOrigins says of each value whether the file or labferry says it, and where", async () => {
  await using dir = await tempDir();
  const path = dir.join("config.yaml");
  await Deno.writeTextFile(path, TEXT);
  const settings = await settingOrigins(await loadConfig({ path }));
  const of = (key: string) => settings.find((one) => one.key === key);
  assert.deepEqual(of("sync.max_parallel"), {
    key: "sync.max_parallel",
    value: 3,
    origin: "file",
    line: 10,
  });
  assert.deepEqual([of("sync.scan_seconds")?.origin, of("sync.scan_seconds")?.line], [
    "default",
    null,
  ]);
  assert.deepEqual(
    [of("equipment.FLOW_01.transport.path")?.value, of("equipment.FLOW_01.transport.path")?.line],
    ["/mnt/nas/FLOW_01", 8],
  );
  assert.deepEqual(of("hooks.on_failed")?.value, ["/usr/local/bin/notify", "***", "{run}"]);
  assert.doesNotMatch(JSON.stringify(settings), /abc/);
  assert.equal(new Set(settings.map(({ key }) => key)).size, settings.length);
});
