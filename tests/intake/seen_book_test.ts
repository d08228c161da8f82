import assert from "node:assert/strict";
import { freshRow, SeenBook } from "../../lib/intake/seen_book.ts";
import type { SeenRow } from "../../lib/queue/mod.ts";

Deno.test("SeenBook writes what changed at once, looks at taken runs together, at open ones at the end", () => {
  const statements: string[] = [];
  const book = new SeenBook(
    {
      put: ({ runPath }) => void statements.push(`put ${runPath}`),
      putAll: (rows) => void statements.push(`all ${rows.map(({ runPath }) => runPath)}`),
      forget: (runPath) => void statements.push(`forget ${runPath}`),
    },
    new Map(),
  );
  const of = (runPath: string, more: Partial<SeenRow> = {}): SeenRow => ({
    ...freshRow({
      runPath,
      folder: null,
      equipmentId: "E",
      at: "2026-04-17",
      observedMs: 0,
      hasAppeared: false,
    }),
    ...more,
  });
  for (const row of [of("/open"), of("/taken", { phase: "taken" })]) {
    assert.deepEqual(book.put(row), { isNew: true, isChanged: true });
  }
  assert.deepEqual(statements.splice(0), ["put /open", "put /taken"]);
  for (let look = 1; look <= 500; look++) {
    const looked = { lookedAt: `2026-04-18T${look}`, lookedObservedMs: look };
    assert.deepEqual(book.put(of("/open", looked)), { isNew: false, isChanged: false });
    book.put(of("/taken", { phase: "taken", ...looked }));
  }
  assert.deepEqual(statements.splice(0), []);
  assert.equal(book.get("/open")!.lookedObservedMs, 500);
  book.write();
  book.write();
  assert.deepEqual(statements.splice(0), ["all /taken"]);
  book.put(of("/taken", { phase: "taken", files: 1 }));
  book.end();
  book.drop("/open");
  book.end();
  assert.deepEqual(statements, ["put /taken", "all /open", "forget /open"]);
});
