import assert from "node:assert/strict";
import { LabferryError } from "../../../lib/base/mod.ts";
import {
  inFolder,
  leafOf,
  parentOf,
  pathBelow,
  wayTo,
} from "../../../lib/transports/tool/far_path.ts";

Deno.test("pathBelow joins and lets nothing out", () => {
  assert.equal(pathBelow("", "a/b"), "a/b");
  assert.equal(pathBelow("/", "a"), "/a");
  assert.equal(pathBelow("/srv/lab", "a"), "/srv/lab/a");
  assert.equal(pathBelow("/srv/lab", ""), "/srv/lab");
  for (const path of ["..", "a/../b", "/etc", "a//b", "a/", "./a", "a\0b"]) {
    assert.throws(() => pathBelow("/srv", path), LabferryError, path);
  }
});

Deno.test("a far path is taken apart", () => {
  assert.deepEqual(wayTo("a/b/c"), ["a", "a/b", "a/b/c"]);
  assert.deepEqual(wayTo(""), []);
  assert.deepEqual([parentOf("a/b/c"), leafOf("a/b/c")], ["a/b", "c"]);
  assert.deepEqual([parentOf("c"), leafOf("c")], ["", "c"]);
  assert.deepEqual([inFolder("", "c"), inFolder("a", "")], ["c", "a"]);
});
