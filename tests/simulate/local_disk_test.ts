/** The disk in memory does what a system does when two are at one name in the same instant. */
import assert from "node:assert/strict";
import { LocalDisk, SIM } from "../../scripts/simulate/local_disk.ts";
import { filesBelow } from "../../scripts/simulate/tree.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A disk on which `meanwhile` happens once, when `effect` has been told and not yet done. */
function diskWith(
  effect: string,
  meanwhile: (disk: LocalDisk) => void,
  gone: string[] = [],
): LocalDisk {
  let isDue = false;
  const disk: LocalDisk = new LocalDisk({
    now: () => 1_000,
    onEffect: (what) => {
      if (!isDue || what !== effect) return;
      isDue = false;
      meanwhile(disk);
    },
    onBytes: ({ bytes }, after) => {
      if (after === null) gone.push(new TextDecoder().decode(bytes));
    },
    onRemove: () => {},
    onRead: () => {},
  });
  disk.writeFile(`${SIM}/ours`, bytes("ours"));
  isDue = true;
  return disk;
}

function textsOf(disk: LocalDisk): string[] {
  return [...filesBelow(disk.tree.root)].map(({ node }) => new TextDecoder().decode(node.bytes));
}

Deno.test("a folder that somebody made and filled a moment ago is not made anew", () => {
  const disk = diskWith("mkdir", (it) => {
    it.mkdir(`${SIM}/run`);
    it.writeFile(`${SIM}/run/f`, bytes("theirs"));
  });
  assert.throws(() => disk.mkdir(`${SIM}/run`), Deno.errors.AlreadyExists);
  assert.deepEqual(textsOf(disk), ["ours", "theirs"]);
});

Deno.test("a rename that may not replace fails on a file that came a moment ago; another tells of it", () => {
  const put = (it: LocalDisk) => it.writeFile(`${SIM}/f`, bytes("theirs"));
  const careful = diskWith("rename", put);
  assert.throws(
    () => careful.rename(`${SIM}/ours`, `${SIM}/f`, { onlyFree: true }),
    Deno.errors.AlreadyExists,
  );
  assert.deepEqual(textsOf(careful).sort(), ["ours", "theirs"]);
  const gone: string[] = [];
  const careless = diskWith("rename", put, gone);
  careless.rename(`${SIM}/ours`, `${SIM}/f`);
  assert.deepEqual(textsOf(careless), ["ours"]);
  assert.deepEqual(gone, ["theirs"]);
});
