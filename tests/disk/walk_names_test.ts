import assert from "node:assert/strict";
import { walkNames } from "../../lib/disk/mod.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";

testWith(
  ["fuse"],
  "walkNames on a share that hangs in the midst of it holds up nobody else",
  async () => {
    await using share = await oddShare({ hangsAt: { operation: "getattr", name: "b.raw" } });
    for (const name of ["a.raw", "b.raw", "c.raw", "other.txt"]) {
      await Deno.writeTextFile(`${share.diskPath}/${name}`, name);
    }
    const { signal } = new AbortController();
    let turns = 0;
    // Held by the share, this thread would never come to let it go on.
    const meter = setInterval(() => {
      if (++turns > 5) share.on();
    }, 10);
    const isWanted = (name: string) => name.endsWith(".raw");
    const batches = await Array.fromAsync(walkNames(share.path, { isWanted, signal }));
    clearInterval(meter);
    assert.ok(turns > 5);
    assert.deepEqual(
      batches.flat().map((entry) => [entry.path, entry.kind]),
      [["a.raw", "file"], ["b.raw", "file"], ["c.raw", "file"]],
    );
  },
);

testWith(
  ["fuse"],
  "walkNames ends at once when it is asked to, whatever its share does",
  async () => {
    for (const operation of ["readdir", "getattr"] as const) {
      const name = operation === "readdir" ? "/" : "b.raw";
      await using share = await oddShare({ hangsAt: { operation, name } });
      for (const one of ["a.raw", "b.raw"]) {
        await Deno.writeTextFile(
          `${share.diskPath}/${one}`,
          one,
        );
      }
      const end = new AbortController();
      const reason = new Error("somebody waited long enough");
      const timer = setTimeout(() => end.abort(reason), 50);
      const walk = walkNames(share.path, { isWanted: () => true, signal: end.signal });
      const ended = Array.fromAsync(walk).then(() => "whole", (error) => error);
      // Otherwise only the share could end it.
      const limit = setTimeout(() => share.on(), 10_000);
      assert.equal(await ended, reason, operation);
      clearTimeout(limit);
      clearTimeout(timer);
      share.on();
    }
  },
);
