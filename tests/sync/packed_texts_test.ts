import assert from "node:assert/strict";
import { PackedTexts } from "../../lib/sync/packed_texts.ts";
import { seeded } from "../support/seeded.ts";

Deno.test("PackedTexts does what a map of texts does, over many thousands of paths", () => {
  const random = seeded(9);
  const packed = new PackedTexts();
  const plain = new Map<string, string>();
  for (let step = 0; step < 60_000; step++) {
    const path = `plate_${Math.floor(random() * 50)}/Zelle µ ${Math.floor(random() * 800)}.tif`;
    if (random() < 0.6) {
      const text = JSON.stringify({ step, standing: "x".repeat(step % 90) });
      packed.set(path, text);
      plain.set(path, text);
    } else {
      assert.equal(packed.take(path), plain.get(path) ?? null);
      plain.delete(path);
    }
    assert.equal(packed.size, plain.size);
  }
  assert.ok(plain.size > 1_000);
  assert.deepEqual([...packed.paths()].sort(), [...plain.keys()].sort());
  for (const [path, text] of plain) assert.equal(packed.take(path), text);
  assert.deepEqual([packed.size, [...packed.paths()]], [0, []]);
});

Deno.test("PackedTexts refuses what fits on no page", () => {
  const packed = new PackedTexts();
  assert.throws(() => packed.set("a.dat", "x".repeat(256 * 1024)), /fits on no page/);
  assert.equal(packed.size, 0);
});
