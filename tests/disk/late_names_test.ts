/** Names at a mounted destination that somebody else takes between our look and our act. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type BatchOutcome, copyBatch } from "../../lib/disk/copy_batch.ts";
import { PacedThread } from "../../lib/disk/pace.ts";
import { setAllAside } from "../../lib/disk/set_aside.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const THEIRS = "what a colleague wrote";

/** Copies `f` to `far/run/f`; `at` is called before each step of the batch, by its number. */
function copied(dir: TempDir, at: (step: number) => void): BatchOutcome {
  const { size, mtime } = Deno.lstatSync(dir.join("f"));
  const item = {
    from: dir.join("f"),
    to: dir.join("far/run/f"),
    sizeBytes: size,
    mtimeMs: mtime!.getTime(),
  };
  let steps = 0;
  return copyBatch([item], {
    root: dir.join("far"),
    guard: null,
    pace: new PacedThread(null, new Int32Array(new SharedArrayBuffer(64))),
    aside: { of: dir.join("far/run"), into: dir.join("far/old") },
    keepEqual: false,
    sourceFolders: null,
    onlyNew: false,
    block: new Uint8Array(64 * 1024),
    onBytes: () => {},
    checkCancelled: () => at(steps++),
  });
}

/** Every file's bytes below a folder, in no order. */
function textsBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? textsBelow(join(folder, name)) : [Deno.readTextFileSync(join(folder, name))]
  );
}

async function stepsOfCopy(): Promise<number> {
  await using dir = await tempDir();
  await dir.write("f", "ours");
  await Deno.mkdir(dir.join("far/run"), { recursive: true });
  let steps = 0;
  copied(dir, (step) => steps = step + 1);
  return steps;
}

Deno.test("a copy replaces nobody's file, whenever it takes the name", async () => {
  const steps = await stepsOfCopy();
  assert.ok(steps >= 4);
  for (let when = 0; when < steps; when++) {
    await using dir = await tempDir();
    await dir.write("f", "ours");
    await Deno.mkdir(dir.join("far/run"), { recursive: true });
    const { results, setAside } = copied(dir, (step) => {
      if (step === when) Deno.writeTextFileSync(dir.join("far/run/f"), THEIRS);
    });
    assert.ok(!("failure" in results[0]!), `step ${when}`);
    assert.deepEqual(setAside, ["f"], `step ${when}`);
    assert.equal(await Deno.readTextFile(dir.join("far/run/f")), "ours");
    assert.equal(await Deno.readTextFile(dir.join("far/old/f")), THEIRS);
  }
});

Deno.test("a copy that moves an old file aside removes and replaces no newer one", async () => {
  const steps = await stepsOfCopy();
  for (let when = 0; when < steps; when++) {
    await using dir = await tempDir();
    await dir.write("f", "ours");
    await dir.write("far/run/f", "proven before");
    await dir.write("far/saved", THEIRS);
    let isSaved = false;
    const { results } = copied(dir, (step) => {
      if (step !== when || isSaved) return;
      isSaved = true;
      // As an editor saves.
      Deno.renameSync(dir.join("far/saved"), dir.join("far/run/f"));
    });
    assert.ok(isSaved);
    const texts = textsBelow(dir.join("far"));
    assert.ok(texts.includes(THEIRS), `step ${when}: ${texts}`);
    // Two things under one name of one push: it says so, and the next one has another folder.
    assert.ok("failure" in results[0]! || texts.includes("ours"));
  }
});

Deno.test("setting aside leaves what somebody put there between its two names", async () => {
  await using dir = await tempDir();
  await dir.write("run/f", "proven");
  await dir.write("theirs", THEIRS);
  const { linkSync } = Deno;
  Deno.linkSync = (from, to) => {
    linkSync(from, to);
    Deno.renameSync(dir.join("theirs"), dir.join("run/f"));
  };
  try {
    setAllAside({
      kind: "set_aside",
      root: dir.path,
      guard: null,
      moves: [{ from: dir.join("run/f"), to: dir.join("old/f") }],
    });
  } finally {
    Deno.linkSync = linkSync;
  }
  assert.equal(await Deno.readTextFile(dir.join("run/f")), THEIRS);
  assert.equal(await Deno.readTextFile(dir.join("old/f")), "proven");
});
