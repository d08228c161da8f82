import assert from "node:assert/strict";
import { KnownDestinations } from "../../lib/transports/known_destinations.ts";
import { mountPointsIn, unmountedAncestor } from "../../lib/transports/mount_table.ts";
import { mayCreateFolder } from "../../lib/transports/new_folder.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const identity = {
  uuid: "u",
  equipmentId: null,
  createdAt: "2026-01-01T00:00:00Z",
  createdBy: "a",
};

Deno.test("mountPointsIn reads fstab with its comments, tabs, swap and octal escapes", () => {
  const fstab = [
    "# <file system> <mount point> <type>",
    "",
    "UUID=1 / ext4 errors=remount-ro 0 1",
    "UUID=2\tnone\tswap\tsw 0 0",
    "/swapfile swap swap defaults 0 0",
    "//nas01/lab\\040data /mnt/lab\\040NAS cifs credentials=/etc/x,noauto 0 0",
    "nas:/x  /mnt/\\303\\251t\\303\\251\\134z nfs rw",
    "  nas:/y /mnt/tab\\011here/ nfs rw",
    "broken",
  ].join("\n");
  assert.deepEqual([...mountPointsIn(fstab)], [
    "/",
    "/mnt/lab NAS",
    "/mnt/été\\z",
    "/mnt/tab\there",
  ]);
});

testWith(["linux"], "mayCreateFolder refuses below a mount point with nothing on it", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("lab NAS"));
  const point = dir.join("lab NAS");
  const escaped = point.replaceAll(" ", "\\040");
  const fstabPath = await dir.write("fstab", `//nas01/lab ${escaped} cifs rw 0 0\n`);
  const known = new KnownDestinations(dir.path);
  const leave = await mayCreateFolder(dir.join("lab NAS", "new", "FLOW_01"), { known, fstabPath });
  assert.ok(!leave.allowed);
  assert.match(leave.why, /lab NAS.*nothing is mounted/);
  const beside = await mayCreateFolder(dir.join("lab NAS 2"), { known, fstabPath });
  assert.deepEqual(beside, { allowed: true });
  const mountInfoPath = await dir.write("mountinfo", `36 35 0:50 / ${escaped} rw - cifs x rw\n`);
  assert.deepEqual(
    await mayCreateFolder(dir.join("lab NAS", "new"), { known, fstabPath, mountInfoPath }),
    { allowed: true },
  );
});

testWith(["linux"], "mayCreateFolder sees an unmounted share behind a link", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("real"));
  await Deno.symlink(dir.join("real"), dir.join("link"));
  const fstabPath = await dir.write(
    "fstab",
    `nas:/x ${await Deno.realPath(dir.join("real"))} nfs rw`,
  );
  const known = new KnownDestinations(dir.path);
  const leave = await mayCreateFolder(dir.join("link", "new"), { known, fstabPath });
  assert.equal(leave.allowed, false);
});

Deno.test("mayCreateFolder refuses what was, holds, or lies in a known destination", async () => {
  await using dir = await tempDir();
  const known = new KnownDestinations(dir.path);
  await known.remember(dir.join("nas", "lab"), identity);
  const fstabPath = dir.join("no fstab");
  for (const path of ["nas/lab", "nas/lab/run", "nas"]) {
    const leave = await mayCreateFolder(dir.join(path), { known, fstabPath });
    assert.equal(leave.allowed, false, path);
  }
  assert.deepEqual(await mayCreateFolder(dir.join("nas", "lab2"), { known, fstabPath }), {
    allowed: true,
  });
});

Deno.test("mayCreateFolder refuses while what was known is uncertain", async () => {
  await using dir = await tempDir();
  await dir.write("destinations.json", "{ damaged");
  const known = new KnownDestinations(dir.path);
  const options = { known, fstabPath: dir.join("no fstab") };
  assert.equal((await mayCreateFolder(dir.join("new"), options)).allowed, false);
  await known.remember("nas:/x", identity);
  assert.equal((await mayCreateFolder(dir.join("new"), options)).allowed, false);
});

testWith(["linux"], "unmountedAncestor compares devices where no table of mounts is", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("point"));
  const mountInfoPath = dir.join("none");
  const fstabPath = await dir.write("fstab", `a ${dir.join("point")} nfs rw\nproc /proc proc x\n`);
  const files = { fstabPath, mountInfoPath };
  assert.equal(await unmountedAncestor(dir.join("point/x"), files), dir.join("point"));
  assert.equal(await unmountedAncestor("/proc/self", files), null);
});
