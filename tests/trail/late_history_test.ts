/** What somebody writes over a history between our look and our writing keeps its bytes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeUtf8, systemClock } from "../../lib/base/mod.ts";
import { extendThere } from "../../lib/trail/segments.ts";
import type { FarWork } from "../../lib/sync/mod.ts";
import { MountTransport } from "../../lib/transports/mount/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("extendThere moves aside what was written after its look", async () => {
  await using dir = await tempDir("labferry-history-");
  await using session = await new MountTransport({ path: dir.path }).connect({
    signal: AbortSignal.timeout(60_000),
    token: "t",
    scratchDir: dir.path,
  });
  const [farDir, name] = ["Runs/Run_1", "history.jsonl"];
  const old = encodeUtf8("one\n");
  await session.putFiles(farDir, new Map([[name, old]]));
  const far = {
    session: {
      async getFiles(folder: string, names: readonly string[]) {
        const there = await session.getFiles(folder, names);
        await Deno.writeTextFile(join(dir.path, farDir, name), "somebody else's\n");
        far.session.getFiles = session.getFiles.bind(session);
        return there;
      },
      putFiles: session.putFiles.bind(session),
    },
  };
  const work = { far, context: { clock: systemClock } } as unknown as FarWork;
  const segments = [encodeUtf8("one\ntwo\n")];
  assert.equal(await extendThere({ farDir, name, segments }, work), "extended");
  assert.equal(await Deno.readTextFile(join(dir.path, farDir, name)), "one\ntwo\n");
  const aside = (await filesBelow(dir.path)).filter((path) => path.includes("superseded"));
  assert.equal(aside.length, 1);
  assert.equal(await Deno.readTextFile(join(dir.path, aside[0]!)), "somebody else's\n");
});
