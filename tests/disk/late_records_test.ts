/** Records at a mounted destination into which somebody writes between our look and our writing. */
import assert from "node:assert/strict";
import { performFar } from "../../lib/disk/far_files.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const OURS_BEFORE = "what we last put";
const THEIRS = "what a colleague wrote";
const CALLS = ["linkSync", "renameSync", "openSync", "lstatSync", "readFileSync", "removeSync"];

/** Writes `far/r.json` anew; `meanwhile` is called before and after each call that touches the disk. */
async function written(
  dir: TempDir,
  { seen, meanwhile = () => {} }: {
    readonly seen: string | null;
    readonly meanwhile?: (call: number) => void;
  },
): Promise<number> {
  const table = Deno as unknown as Record<string, (...args: unknown[]) => unknown>;
  const real = Object.fromEntries(CALLS.map((name) => [name, table[name]!]));
  let calls = 0;
  let isInside = false;
  const asked = () => {
    if (isInside) return;
    isInside = true;
    try {
      meanwhile(calls++);
    } finally {
      isInside = false;
    }
  };
  for (const name of CALLS) {
    table[name] = (...args) => {
      asked();
      return real[name]!(...args);
    };
  }
  const bytes = seen === null ? null : new TextEncoder().encode(seen);
  try {
    await performFar({
      kind: "write",
      root: dir.join("far"),
      guard: null,
      files: [{
        path: dir.join("far/r.json"),
        bytes: new TextEncoder().encode("the new version"),
        known: { bytes, aside: dir.join("far/old/1/r.json") },
      }],
    });
  } finally {
    Object.assign(table, real);
  }
  return calls;
}

function textsBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? textsBelow(`${folder}/${name}`) : [Deno.readTextFileSync(`${folder}/${name}`)]
  ).sort();
}

Deno.test("a record replaces what was seen, and leaves nothing else", async () => {
  await using dir = await tempDir();
  await dir.write("far/r.json", OURS_BEFORE);
  await written(dir, { seen: OURS_BEFORE });
  assert.deepEqual(textsBelow(dir.join("far")), ["the new version"]);
});

for (const seen of [OURS_BEFORE, null]) {
  const what = seen === null ? "where nothing was" : "that we had put";
  Deno.test(`what somebody writes into a record ${what} is kept, whenever they do`, async () => {
    let calls = 1;
    let found = 0;
    for (let when = 0; when < calls; when++) {
      await using dir = await tempDir();
      await Deno.mkdir(dir.join("far"));
      if (seen !== null) await dir.write("far/r.json", seen);
      calls = await written(dir, {
        seen,
        meanwhile: (call) => {
          if (call === when) Deno.writeTextFileSync(dir.join("far/r.json"), THEIRS);
        },
      });
      const texts = textsBelow(dir.join("far"));
      assert.ok(texts.includes(THEIRS), `call ${when} of ${calls}: ${texts}`);
      if (texts.length === 2) found++;
    }
    assert.ok(calls >= 5 && found > 3, `${calls} calls, ${found} times set aside`);
  });
}
