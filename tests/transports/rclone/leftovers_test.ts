/** What a killed rclone leaves in a run's folder is in no listing, and goes a day later. */
import assert from "node:assert/strict";
import type { FarSession, FileToSend } from "../../../lib/transports/contract.ts";
import { exists } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { RCLONE } from "../../support/rclone_place.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { PLACES } from "./places.ts";

const TWO_DAYS_AGO = new Date(Date.now() - 2 * 24 * 3600 * 1000);
const signal = new AbortController().signal;

async function writeRun(dir: TempDir): Promise<FileToSend[]> {
  await dir.write("run/a.dat", "A");
  await Deno.utime(dir.join("run/a.dat"), 1000, 1000);
  return [{ path: "a.dat", sizeBytes: 1, mtimeMs: 1_000_000 }];
}

const push = (dir: TempDir, session: FarSession, files: readonly FileToSend[]) =>
  session.push({
    sourceDir: dir.join("run"),
    files,
    farDir: "run",
    supersedeInto: "aside/1",
    resend: false,
    uploadMbps: null,
    signal,
  });

/** Writes as 1.65 and newer do, and is killed before it renames, once. */
async function killedOnce(dir: TempDir): Promise<string> {
  const part = dir.join("base/run/a.dat.a1b2c3d4.ferry-part");
  const script = `#!/bin/sh
if [ "$1" = copy ] && [ -e '${dir.join("kill")}' ]; then
  rm '${dir.join("kill")}'; mkdir -p '${dir.join("base/run")}'; printf half > '${part}'; kill -9 $$
fi
exec '${RCLONE}' "$@"
`;
  const binary = await dir.write("rclone-killed", script);
  await Deno.chmod(binary, 0o755);
  return binary;
}

for (const { name, tools, open } of PLACES.filter((place) => place.name !== "webdav")) {
  testWith(
    tools,
    `RcloneTransport (${name}) sweeps what a killed push left, a day later`,
    async () => {
      await using dir = await tempDir();
      await using session = await open(dir, { binary: await killedOnce(dir) });
      const files = await writeRun(dir);
      await dir.write("kill", "");
      await assert.rejects(push(dir, session, files));
      const part = dir.join("base/run/a.dat.a1b2c3d4.ferry-part");
      assert.ok(await exists(part), "nothing was left");
      await push(dir, session, files);
      assert.ok(await exists(part), "a young one may have a writer");
      const listed = await Array.fromAsync(session.list("run"));
      assert.deepEqual(listed.map(({ path }) => path), ["a.dat"]);
      const stay = ["run/b.ferry-part", "run/a1b2c3d4.part", "a.dat.a1b2c3d4.ferry-part"];
      for (const path of stay) await dir.write(`base/${path}`, "?");
      for (const path of [...stay, "run/a.dat.a1b2c3d4.ferry-part"]) {
        await Deno.utime(dir.join("base", path), TWO_DAYS_AGO, TWO_DAYS_AGO);
      }
      await push(dir, session, files);
      assert.equal(await exists(part), false);
      for (const path of stay) assert.ok(await exists(dir.join("base", path)), path);
    },
  );
}
