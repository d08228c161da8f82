/** Damage on the disk below crypt: the file is named, what is whole is proven, and it is sent again. */
import assert from "node:assert/strict";
import { type FarSession, UNREADABLE_SHA256 } from "../../../lib/transports/contract.ts";
import { TransportError } from "../../../lib/transports/failure.ts";
import { filesBelow, sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { obscured, RCLONE } from "../../support/rclone_place.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { connect } from "./places.ts";

/** Below crypt a file has a head of 32 bytes and blocks of 64 KiB with 16 bytes more. */
const LARGE = "0123456789abcdef".repeat(12_000);
const RUN = {
  "body.dat": LARGE,
  "cut.dat": LARGE,
  "head.dat": "H",
  "short.dat": "S",
  "whole.dat": LARGE,
};
const ENCRYPTED = ".bin";
const signal = new AbortController().signal;

/** A crypt remote that leaves names as they are, so that a test finds its files. */
async function openCrypt(dir: TempDir, { binary = RCLONE } = {}): Promise<FarSession> {
  const section = `[nas]\ntype = crypt\nremote = ${dir.join("base")}\npassword = ${await obscured(
    "only-for-tests",
  )}\nfilename_encryption = off\ndirectory_name_encryption = false\n`;
  return await connect(dir, { section, path: "", binary });
}

async function send(
  dir: TempDir,
  session: FarSession,
  { resend = false, supersedeInto = "aside/1" } = {},
) {
  const files = [];
  for (const [path, text] of Object.entries(RUN)) {
    await dir.write(`run/${path}`, text);
    await Deno.utime(dir.join("run", path), 1000, 1000);
    files.push({ path, sizeBytes: text.length, mtimeMs: 1_000_000 });
  }
  await session.push({
    sourceDir: dir.join("run"),
    files,
    farDir: "run",
    supersedeInto,
    resend,
    uploadMbps: null,
    signal,
  });
  return files;
}

async function hashes(session: FarSession) {
  const found: Record<string, string | null> = {};
  const outcome = await session.hash({
    farDir: "run",
    files: [...Object.entries(RUN), ["zz-gone.dat", "G"] as const].map(([path, text]) => ({
      path,
      sizeBytes: text.length,
      mtimeMs: 1_000_000,
    })),
    onHash: (path, hash) => found[path] = hash,
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal,
  });
  return { found, outcome };
}

const onDisk = (dir: TempDir, name: string) => dir.join("base/run", name + ENCRYPTED);

async function flip(path: string, at: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[at]! ^= 1;
  await Deno.writeFile(path, bytes);
}

testWith(["rclone"], "hash names what crypt cannot decrypt, and proves the rest", async () => {
  await using dir = await tempDir();
  await using session = await openCrypt(dir);
  await send(dir, session);
  await flip(onDisk(dir, "body.dat"), 100_000);
  await flip(onDisk(dir, "head.dat"), 3);
  await Deno.truncate(onDisk(dir, "cut.dat"), 100_000);
  await Deno.truncate(onDisk(dir, "short.dat"), 10);
  const { found, outcome } = await hashes(session);
  assert.deepEqual(found, {
    "body.dat": UNREADABLE_SHA256,
    "cut.dat": UNREADABLE_SHA256,
    "head.dat": UNREADABLE_SHA256,
    "short.dat": UNREADABLE_SHA256,
    "whole.dat": sha256(LARGE),
    "zz-gone.dat": null,
  });
  assert.equal(outcome.strength, "read_back");
  assert.match(outcome.notes.join(), /4 of the files there cannot be decrypted/);

  // What is sent again takes the damaged one's place, which is kept.
  await send(dir, session, { resend: true, supersedeInto: "aside/2" });
  const again = await hashes(session);
  assert.equal(again.found["body.dat"], sha256(LARGE));
  assert.equal(again.found["short.dat"], sha256("S"));
  const aside = await filesBelow(dir.join("base/aside/2"));
  assert.ok(aside.includes(`body.dat${ENCRYPTED}`), aside.join());
});

testWith(["rclone"], "hash calls a connection lost under crypt no damage", async () => {
  await using dir = await tempDir();
  const lost = JSON.stringify({
    level: "error",
    msg: "failed to copy file to hasher: unexpected EOF",
    object: "run/cut.dat",
  });
  const binary = await dir.write(
    "rclone-lost",
    `#!/bin/sh\ncase $1 in hashsum) echo '${lost}' >&2; echo 'Failed to hashsum: unexpected EOF' >&2; exit 1;; esac\nexec '${RCLONE}' "$@"\n`,
  );
  await Deno.chmod(binary, 0o755);
  await using session = await openCrypt(dir, { binary });
  await send(dir, session);
  await assert.rejects(
    hashes(session),
    (error) => error instanceof TransportError && error.code === "unreachable",
  );
});
