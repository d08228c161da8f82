import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { groupsOf, writeGroups } from "../../scripts/test_groups.ts";
import { tempDir } from "../support/temp_dir.ts";

const TESTS = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

Deno.test("every test file of the tree is in exactly one group of the suite", async () => {
  const grouped = [...(await groupsOf(TESTS)).values()].flat();
  const { stdout } = await new Deno.Command("find", {
    args: [TESTS, "-type", "f", "-regex", ".*[._/]test\\.[mc]?[jt]sx?"],
  }).output();
  const there = new TextDecoder().decode(stdout).trim().split("\n");
  assert.ok(there.length > 300, "find finds them");
  assert.deepEqual(grouped.sort(), there.sort());
});

Deno.test("a file with a server or a memory of its own is a group of its own, and long rooms begin", async () => {
  await using dir = await tempDir();
  const plain = 'Deno.test("a", () => {});';
  await dir.write("queue/mod.ts", plain);
  for (let n = 10; n < 19; n++) await dir.write(`queue/deep/f${n}_test.ts`, plain);
  await dir.write("queue/hooks_test.ts", "Deno.test.beforeAll(() => {});");
  await dir.write("queue/served_test.ts", 'import { shared } from "../support/shared.ts";');
  await dir.write("queue/kept_test.ts", 'import { census } from "../support/census.ts";');
  await dir.write("daemon/one_test.ts", plain);
  await dir.write("daemon/two_test.ts", plain);
  await dir.write("disk/one_test.ts", plain);
  await dir.write("disk/two_test.ts", plain);
  await dir.write("a/short_test.ts", plain);
  const groups = await groupsOf(dir.path);
  const named = (name: string) => groups.get(name)?.map((file) => file.slice(dir.path.length + 1));
  assert.deepEqual([...groups.keys()], [
    ...["daemon_1", "disk_1", "disk_2", "a_1"],
    ...["queue_1", "queue_2", "queue_3", "queue_4", "queue_5"],
  ]);
  assert.deepEqual(named("daemon_1"), ["daemon/one_test.ts", "daemon/two_test.ts"]);
  assert.deepEqual(named("disk_1"), ["disk/one_test.ts"]);
  assert.deepEqual([named("queue_1"), named("queue_2"), named("queue_3")], [
    ["queue/hooks_test.ts"],
    ["queue/kept_test.ts"],
    ["queue/served_test.ts"],
  ]);
  assert.deepEqual([named("queue_4")?.length, named("queue_5")?.length], [5, 4]);
});

Deno.test("the tests of a group are those of its files, told by where they are", async () => {
  await using dir = await tempDir();
  await dir.write("tests/queue/good_test.ts", 'Deno.test("good", () => {});');
  await dir.write(
    "tests/queue/bad_test.ts",
    '\nDeno.test("bad", () => { throw new Error("so"); });',
  );
  const files = await writeGroups(await groupsOf(dir.join("tests")), dir.path);
  assert.equal(files.length, 1, "one module");
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--no-config", ...files],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 1, said);
  assert.match(said, /1 passed \| 1 failed/);
  assert.match(said, /queue\/bad_test\.ts:2:/);
});
