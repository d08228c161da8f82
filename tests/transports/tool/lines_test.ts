import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteLines, linesOf } from "../../../lib/transports/tool/lines.ts";

const text = fc.array(fc.constantFrom("a", "é", "\n", "\r", "xyz")).map((parts) => parts.join(""));

Deno.test("linesOf and ByteLines cut alike, wherever the pieces end", async () => {
  await fc.assert(fc.asyncProperty(text, fc.integer({ min: 1, max: 4 }), async (whole, size) => {
    const bytes = new TextEncoder().encode(whole);
    const pieces = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, at) => bytes.slice(at * size, (at + 1) * size),
    );
    const expected = whole.split("\n");
    if (expected.at(-1) === "") expected.pop();
    assert.deepEqual(await Array.fromAsync(linesOf(ReadableStream.from(pieces))), expected);
    const cut: string[] = [];
    const lines = new ByteLines((line) => cut.push(new TextDecoder().decode(line)));
    // The same memory for each, as a reader may do.
    const memory = new Uint8Array(size);
    for (const piece of pieces) {
      memory.set(piece);
      lines.add(memory.subarray(0, piece.length));
    }
    lines.end();
    assert.deepEqual(cut, expected);
  }));
});
