/** What a flush claims of each kind of place: done only where somebody's disk was told. */
import assert from "node:assert/strict";
import type { FarFlush } from "../../../lib/transports/contract.ts";
import { nobodyIsTold } from "../../../lib/transports/rclone/flush.ts";
import { testWith } from "../../support/needs.ts";
import { obscured, sftpSection } from "../../support/rclone_place.ts";
import { startSamba } from "../../support/samba.ts";
import { startSshd } from "../../support/sshd.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { connect, PLACES } from "./places.ts";

const NOTES = {
  local: null,
  sftp: /rclone cannot ask an sftp server/,
  webdav: /rclone cannot ask webdav .*as far as its provider promises/,
} as const;

function claims({ flushed, note }: FarFlush, expected: RegExp | null): void {
  assert.equal(flushed, expected === null, note ?? "");
  if (expected === null) assert.equal(note, null);
  else assert.match(note ?? "", expected);
}

for (const { name, tools, open } of PLACES) {
  testWith(tools, `flush of a ${name} remote claims what was done`, async () => {
    await using dir = await tempDir();
    await using session = await open(dir);
    claims(await session.flush("run"), NOTES[name]);
  });
}

testWith(["rclone", "samba", "root"], "flush of an smb remote claims nothing", async () => {
  await using dir = await tempDir();
  const server = await startSamba();
  await using session = await connect(dir, {
    section: server.section("nas"),
    server,
    path: server.remotePath,
  });
  claims(await session.flush(""), /rclone cannot ask smb for it/);
});

const crypt = async (remote: string) =>
  `[nas]\ntype = crypt\nremote = ${remote}\npassword = ${await obscured("only-for-tests")}\n`;

testWith(["rclone"], "flush under crypt is that of the disk below it", async () => {
  await using dir = await tempDir();
  await using session = await connect(dir, { section: await crypt(dir.join("base")), path: "" });
  claims(await session.flush("run"), null);
});

testWith(["rclone", "sshd"], "flush under crypt names who keeps the bytes", async () => {
  await using dir: TempDir = await tempDir();
  const server = await startSshd();
  const section = sftpSection("inner", server) + await crypt(`inner:${dir.join("base")}`);
  await using session = await connect(dir, { section, server, path: "" });
  claims(await session.flush("run"), /cannot ask crypt \(over sftp\) for it/);
});

Deno.test("nobodyIsTold knows file systems that end a flush in this kernel", () => {
  const [fuse, cifs, smb2, ext4, nfs] = [0x65735546, 0xff534d42, 0xfe534d42, 0xef53, 0x6969];
  assert.deepEqual([fuse, cifs, smb2].map(nobodyIsTold), ["FUSE", "SMB", "SMB"]);
  // As some systems give it.
  assert.equal(nobodyIsTold(cifs | 0), "SMB");
  assert.deepEqual([ext4, nfs].map(nobodyIsTold), [null, null]);
});
