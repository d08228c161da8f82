import assert from "node:assert/strict";
import { cpuTimesNow, programsNow } from "../../lib/process/mod.ts";
import { parseStats } from "../../lib/process/proc_files.ts";
import { parsePs, parseTasklist, sumOfTree } from "../../lib/process/programs.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("programsNow names what runs, long names too, and sees it end", async () => {
  await using dir = await tempDir();
  const name = "a_microscope_software.exe";
  await Deno.copyFile("/bin/sleep", dir.join(name));
  const child = new Deno.Command(dir.join(name), { args: ["60"] }).spawn();
  try {
    const { names, unknown } = await programsNow();
    assert.deepEqual([names?.includes(name), unknown], [true, null]);
  } finally {
    child.kill();
    await child.status;
  }
  assert.equal((await programsNow()).names?.includes(name), false);
});

Deno.test("programsNow counts what its own tools use, after their end too", async () => {
  const before = (await programsNow()).ownCpuMs!;
  const spin = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
  await new Deno.Command("sh", { args: ["-c", spin] }).output();
  const after = (await programsNow()).ownCpuMs!;
  assert.ok(after - before >= 50, `${after - before} ms`);
});

Deno.test("parseStats reads many processes at once, whatever they are called", () => {
  const rest = "1 77 77 0 -1 4194304 2966 6597 2 0 1 2 3 4 20 0 1 0 7046 9 9 9";
  const text = `12 (a) b (c) S ${rest}\n13 (odd\n1 name) D ${rest}\n14 (gone`;
  assert.deepEqual(
    parseStats(text).map(({ pid, name, state, parentPid, groupId, ticks, began }) => [
      [pid, name, state],
      [parentPid, groupId, ticks, began],
    ]),
    [
      [[12, "a) b (c", "S"], [1, 77, 10, "7046"]],
      [[13, "odd\n1 name", "D"], [1, 77, 10, "7046"]],
    ],
  );
});

Deno.test("cpuTimesNow only grows", () => {
  const one = cpuTimesNow()!;
  const two = cpuTimesNow()!;
  assert.ok(two.busyMs >= one.busyMs && two.totalMs >= one.totalMs && one.totalMs > one.busyMs);
});

Deno.test("parsePs reads what ps of macOS and Linux writes", () => {
  const text = `    1     0  12:03.52 /sbin/launchd
  411     1 1-02:00:01 /Applications/ZEN blue.app/Contents/MacOS/ZEN blue
   77   411   0:01.05 (zombie)
`;
  assert.deepEqual(parsePs(text), [
    { pid: 1, parentPid: 0, name: "launchd", cpuMs: 723_520 },
    { pid: 411, parentPid: 1, name: "ZEN blue", cpuMs: 93_601_000 },
    { pid: 77, parentPid: 411, name: "(zombie)", cpuMs: 1_050 },
  ]);
  assert.equal(sumOfTree(parsePs(text), 411), 93_602_050);
  const circle = parsePs("5 6 0:01 a\n6 5 0:01 b\n");
  assert.equal(sumOfTree(circle, 5), 2_000);
});

Deno.test("parseTasklist reads names with quotes and commas", () => {
  const text = '"System Idle Process","0","Services","0","8 K"\r\n"ZEN.exe","4711","Console"\r\n' +
    '"a ""b"", c.exe","5","Console"\r\nINFO: nothing\r\n';
  assert.deepEqual(parseTasklist(text), ["System Idle Process", "ZEN.exe", 'a "b", c.exe']);
});
