import assert from "node:assert/strict";
import { sharedBytes } from "../../lib/disk/share_door.ts";
import { ShareThreads } from "../../lib/disk/share_threads.ts";
import { tempDir } from "../support/temp_dir.ts";

const IDLE_MS = 20;
/** Any number of idle times. */
const REST_MS = 300;

Deno.test("the thread of a share does not end while a file is begun or a lock is held there", async () => {
  await using dir = await tempDir();
  const path = dir.join("long.bin");
  using threads = new ShareThreads({ idleMs: IDLE_MS });
  const share = threads.of("share");
  const rest = () => new Promise((resolve) => setTimeout(resolve, REST_MS));
  const file = await share.run({ kind: "begin", path, options: {} });
  await rest();
  await share.run({ kind: "piece", file, bytes: sharedBytes(Uint8Array.of(1, 2, 3)) });
  const lock = await share.run({ kind: "lock", path: dir.join("lock"), mode: "exclusive" });
  assert.ok(lock !== null);
  await share.run({ kind: "finish", file });
  assert.deepEqual(await Deno.readFile(path), Uint8Array.of(1, 2, 3));
  await rest();
  assert.equal(await share.run({ kind: "is_named", lock }), true);
  await share.run({ kind: "unlock", lock });
  await rest();
  assert.notEqual(threads.of("share"), share, "it has ended, and the next is another");
});
