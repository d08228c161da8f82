/** A running rclone is told when its ceiling changes: once a change, one after the other. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import { TaughtCeiling } from "../../../lib/transports/rclone/taught_ceiling.ts";
import { noise } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { recordingRclone } from "../../support/rclone_place.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { PLACES } from "./places.ts";

const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("TaughtCeiling tells each change once, and never two at a time", async () => {
  let mbps: number | null = 8;
  const told: (number | null)[] = [];
  let release = () => {};
  await using ceiling = new TaughtCeiling(() => mbps, {
    tell(value) {
      told.push(value);
      return new Promise((resolve) => release = resolve);
    },
  });
  assert.ok(ceiling.flags.includes("--bwlimit=1000000B"));
  for (let report = 0; report < 5; report++) ceiling.onReport();
  assert.deepEqual(told, [], "it began with that one");
  mbps = 4;
  ceiling.onReport();
  mbps = null;
  ceiling.onReport();
  assert.deepEqual(told, [4]);
  release();
  await settled();
  ceiling.onReport();
  assert.deepEqual(told, [4, null]);
  release();
  await settled();
  mbps = 0;
  ceiling.onReport();
  mbps = null;
  ceiling.onReport();
  assert.deepEqual(told, [4, null], "a pause is the caller's");
});

Deno.test("TaughtCeiling ends a run that cannot be told, not one that ended", async () => {
  let mbps = 8;
  const tell = () => Promise.reject(new Error("connection refused"));
  await using ceiling = new TaughtCeiling(() => mbps, { tell });
  mbps = 4;
  for (const isLost of [false, false, true]) {
    assert.equal(ceiling.signal.aborted, !isLost && ceiling.signal.aborted);
    ceiling.onReport();
    await settled();
    assert.equal(ceiling.signal.aborted, isLost);
  }
  assert.ok(ceiling.signal.reason instanceof TransportError);
  const ended = new TaughtCeiling(() => mbps, { tell });
  await ended[Symbol.asyncDispose]();
  mbps = 2;
  for (let report = 0; report < 5; report++) ended.onReport();
  await settled();
  assert.equal(ended.signal.aborted, false);
});

const SIZE_BYTES = 12_000_000;
/** Four minutes for those bytes: whoever ends in time was told another ceiling. */
const SLOW_MBPS = 0.4;

for (const { name, tools, open } of PLACES.filter((place) => place.name !== "webdav")) {
  testWith(
    tools,
    `RcloneTransport (${name}) goes on with another ceiling without another rclone`,
    async () => {
      await using dir = await tempDir();
      const { binary, calls } = await recordingRclone(dir.path);
      await using session = await open(dir, { binary });
      const path = "a.dat";
      await dir.write(`run/${path}`, noise(SIZE_BYTES, 3));
      await Deno.utime(dir.join("run", path), 1000, 1000);
      const files = [{ path, sizeBytes: SIZE_BYTES, mtimeMs: 1_000_000 }];
      const signal = AbortSignal.timeout(60_000);
      let mbps: number | null = SLOW_MBPS;
      await session.push({
        sourceDir: dir.join("run"),
        files,
        farDir: "run",
        supersedeInto: "aside/1",
        resend: false,
        get uploadMbps() {
          return mbps;
        },
        onProgress: ({ bytesDone }) => {
          if (bytesDone > 0) mbps = null;
        },
        signal,
      });
      assert.equal((await calls()).filter(([command]) => command === "copy").length, 1);
      mbps = SLOW_MBPS;
      let asked = 0;
      await session.hash({
        farDir: "run",
        files,
        onHash: () => {},
        get downloadMbps() {
          if (++asked > 2) mbps = null;
          return mbps;
        },
        dropCache: false,
        maxStreamBytes: 0,
        acceptProviderAsserted: false,
        signal,
      });
      const hashes = (await calls()).filter(([command]) => command === "hashsum");
      assert.equal(hashes.length, 1);
      assert.ok(hashes[0]!.includes("--download"), "else nothing counts the bytes");
      for (const words of await calls()) {
        assert.ok(!words.some((word) => /rc-pass|rc-user/.test(word)), "a secret as an argument");
      }
    },
  );
}
