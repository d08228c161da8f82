import assert from "node:assert/strict";
import { isWithin, namesOf, overlap } from "../../lib/base/nested_paths.ts";

Deno.test("isWithin tells a folder from one whose name only begins alike", () => {
  for (const inner of ["/a/b", "/a/b/", "/a/b/c", "/a/b/..c", "/a/x/../b/c"]) {
    assert.equal(isWithin(inner, "/a/b"), true, inner);
  }
  for (const inner of ["/a", "/a/bc", "/a/b/..", "/c"]) {
    assert.equal(isWithin(inner, "/a/b"), false, inner);
  }
});

Deno.test("overlap goes by whole names, either way around", () => {
  const names = (path: string) => namesOf(path, /\/+/);
  assert.deepEqual(names("//nas/lab/./x/../y/"), ["nas", "lab", "y"]);
  assert.equal(overlap(names("/lab"), names("/lab/x")), true);
  assert.equal(overlap(names("/lab/x"), names("/lab")), true);
  assert.equal(overlap(names("/lab/x"), names("/lab/xy")), false);
  assert.equal(overlap([], names("/lab")), true);
});
