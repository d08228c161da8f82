import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { filterOf } from "../../lib/custody/restore_pattern.ts";

const PATHS = ["a.tif", "raw/a.tif", "raw/deep/b.tif", "raw/deep/b.txt", "raw2/c.tif", "[x].tif"];

function passing(...patterns: string[]): string[] {
  return PATHS.filter(filterOf(patterns)!);
}

Deno.test("filterOf without a slash asks every name on the way", () => {
  assert.deepEqual(passing("*.tif"), PATHS.filter((path) => path.endsWith(".tif")));
  assert.deepEqual(passing("raw"), ["raw/a.tif", "raw/deep/b.tif", "raw/deep/b.txt"]);
  assert.deepEqual(passing("deep/"), ["raw/deep/b.tif", "raw/deep/b.txt"]);
  assert.deepEqual(passing("b.*"), ["raw/deep/b.tif", "raw/deep/b.txt"]);
});

Deno.test("filterOf with a slash begins at the run, and a star stays in its folder", () => {
  assert.deepEqual(passing("raw/*.tif"), ["raw/a.tif"]);
  assert.deepEqual(passing("./raw/**/*.tif"), ["raw/a.tif", "raw/deep/b.tif"]);
  assert.deepEqual(passing("raw/**"), ["raw/a.tif", "raw/deep/b.tif", "raw/deep/b.txt"]);
  assert.deepEqual(passing("/a.tif"), ["a.tif", "raw/a.tif"]);
});

Deno.test("filterOf knows one sign, sets of signs, and signs that mean nothing here", () => {
  assert.deepEqual(passing("raw?/*"), ["raw2/c.tif"]);
  assert.deepEqual(passing("[ab].tif"), ["a.tif", "raw/a.tif", "raw/deep/b.tif"]);
  assert.deepEqual(passing("[!ab].tif"), ["raw2/c.tif"]);
  assert.deepEqual(passing("[[]x].tif"), ["[x].tif"]);
  assert.deepEqual(passing("b+tif", "b(t)"), []);
  assert.deepEqual(passing("a.tif", "raw2"), ["a.tif", "raw/a.tif", "raw2/c.tif"]);
});

Deno.test("filterOf lets all pass without a pattern, and refuses one that means nothing", () => {
  assert.equal(filterOf(null), null);
  assert.equal(filterOf([]), null);
  for (const pattern of ["", "/", "./"]) {
    assert.throws(() => filterOf([pattern]), (error: unknown) => {
      return error instanceof LabferryError && error.code === "usage";
    });
  }
});
