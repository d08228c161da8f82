import assert from "node:assert/strict";
import { parseMountInfo } from "../../lib/process/mount_info.ts";

Deno.test("parseMountInfo reads point, device and type, with tags or without, and octal escapes", () => {
  const text = [
    "22 27 0:21 / /proc rw,relatime - proc proc rw",
    "30 27 8:257 / /usb rw,relatime shared:2 master:3 - exfat /dev/sdb1 ro,uid=0",
    "31 27 259:300 /sub /with\\040space\\303\\251 ro,relatime - fuse.sshfs - - rw",
    "no line of it",
    "",
  ].join("\n");
  assert.deepEqual(parseMountInfo(text), [
    {
      id: 22,
      point: "/proc",
      major: 0,
      minor: 21,
      type: "proc",
      source: "proc",
      root: "/",
      isReadOnly: false,
    },
    {
      id: 30,
      point: "/usb",
      major: 8,
      minor: 257,
      type: "exfat",
      source: "/dev/sdb1",
      root: "/",
      isReadOnly: true,
    },
    {
      id: 31,
      point: "/with space\u00e9",
      major: 259,
      minor: 300,
      type: "fuse.sshfs",
      source: "-",
      root: "/sub",
      isReadOnly: true,
    },
  ]);
});
