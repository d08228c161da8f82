import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import { refusalOfName, writeNameList } from "../../../lib/transports/rclone/name_list.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("writeNameList ends each name so that a trailing CR survives rclone's reader", async () => {
  await using dir = await tempDir();
  await writeNameList(dir.join("list"), ["a", "b\r", "#c", " d "]);
  assert.equal(await Deno.readTextFile(dir.join("list")), "a\r\nb\r\r\n#c\r\n d \r\n");
});

Deno.test("writeNameList refuses a newline instead of naming two files", async () => {
  await using dir = await tempDir();
  await assert.rejects(
    writeNameList(dir.join("list"), ["a\nb"]),
    (error: unknown) => error instanceof TransportError && error.code === "name_not_carried",
  );
  assert.notEqual(refusalOfName("a\nb"), null);
  assert.equal(refusalOfName("tab\t ␊ ‛"), null);
});

Deno.test("writeNameList writes a long list whole", async () => {
  await using dir = await tempDir();
  const names = Array.from({ length: 50_000 }, (_, i) => `folder/${i} ä.dat`);
  await writeNameList(dir.join("list"), names);
  const text = await Deno.readTextFile(dir.join("list"));
  assert.deepEqual(text.split("\r\n").slice(0, -1), names);
});
