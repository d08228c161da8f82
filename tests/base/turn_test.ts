/** Work that gives way with `turn()` lets requests in, however many work beside each other. */
import assert from "node:assert/strict";
import { letRequestsIn, turn } from "../../lib/base/mod.ts";

/** A turn of each. The runtime by itself asks its sockets after 61 turns, of whomever. */
const WORK_MS = 5;
const LONGEST_TURNS = 20;

for (const workers of [1, 3]) {
  Deno.test(`turn lets a connection in beside ${workers} that work without a pause`, async () => {
    letRequestsIn();
    let turns = 0;
    let isOver = false;
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const work = Array.from({ length: workers }, async () => {
      while (!isOver) {
        turns++;
        const endMs = performance.now() + WORK_MS;
        while (performance.now() < endMs);
        await turn();
      }
    });
    const waited: number[] = [];
    for (let i = 0; i < 5; i++) {
      const began = turns;
      using there = await Deno.connect({ hostname: "127.0.0.1", port });
      using here = await listener.accept();
      await there.write(new Uint8Array(1));
      await here.read(new Uint8Array(1));
      waited.push(turns - began);
    }
    isOver = true;
    await Promise.all(work);
    const median = waited.toSorted((a, b) => a - b)[2]!;
    assert.ok(median <= LONGEST_TURNS, `turns of work for each connection: ${waited}`);
  });
}
