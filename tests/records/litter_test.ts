/** What operating systems leave beside the data is told from data by its name alone. */
import assert from "node:assert/strict";
import { isLitter, LITTER } from "../../lib/records/mod.ts";

Deno.test("isLitter knows every name of its list, at any depth and in any case", () => {
  for (const { name } of LITTER) {
    const made = name.replace("*", "frame_001.tif");
    for (const path of [made, `a/b/${made}`, made.toUpperCase(), made.toLowerCase()]) {
      assert.ok(isLitter(path), path);
    }
  }
});

Deno.test("isLitter takes what lies in a litter folder for litter", () => {
  for (const path of ["@eaDir/a.tif@SynoEAStream", "x/#recycle/2026/a.tif", ".AppleDouble/a.tif"]) {
    assert.ok(isLitter(path), path);
  }
});

Deno.test("isLitter leaves data alone whose name only looks like it", () => {
  const data = [
    "",
    "a.tif",
    "_a.tif",
    "._", // nothing behind the mark: no resource fork of anything
    "._stage/a.tif", // a folder; resource forks are files
    "Thumbs.db/a.tif",
    "desktop.ini.bak",
    "my Thumbs.db",
    "x@eaDir/a.tif",
    "#recycled/a.tif",
    ".DS_Store_old",
    ".exlab-wizard/creation.json",
  ];
  assert.deepEqual(data.filter(isLitter), []);
});
