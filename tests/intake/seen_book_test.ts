import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/mod.ts";
import { freshRow, SeenBook } from "../../lib/intake/seen_book.ts";
import { Queue, type SeenRow } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("SeenBook writes what changed at once, looks at taken runs together, at open ones at the end", () => {
  const statements: string[] = [];
  const stored = new Map<string, SeenRow>();
  const book = new SeenBook(
    {
      put: (row) => {
        statements.push(`put ${row.runPath}`);
        stored.set(row.runPath, row);
      },
      putAll: (rows) => void statements.push(`all ${rows.map(({ runPath }) => runPath)}`),
      forget: (runPath) => void statements.push(`forget ${runPath}`),
      of: (runPath) => stored.get(runPath) ?? null,
    },
    [],
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

Deno.test("SeenBook has news once for whatever came, changed or went, and none of a look alone", async () => {
  await using dir = await tempDir();
  using queue = Queue.open(dir.join("queue.db"), { clock: systemClock });
  const book = new SeenBook(queue.seen, []);
  const row = freshRow({
    runPath: "/lab/Run_1",
    folder: null,
    equipmentId: "E",
    at: "2026-04-17",
    observedMs: 0,
    hasAppeared: false,
  });
  const newsAfter = (step: () => void) => {
    step();
    return [book.takeNews(), book.takeNews()];
  };
  assert.deepEqual(newsAfter(() => book.put(row)), [true, false]);
  assert.deepEqual(newsAfter(() => book.put({ ...row, lookedObservedMs: 1 })), [false, false]);
  assert.deepEqual(newsAfter(() => book.put({ ...row, bytes: 1 })), [true, false]);
  assert.deepEqual(newsAfter(() => book.drop(row.runPath)), [true, false]);
  assert.deepEqual(newsAfter(() => book.drop(row.runPath)), [false, false]);
});

Deno.test("SeenBook holds no whole row of a run at rest, and finds it by its folder all the same", async () => {
  await using dir = await tempDir();
  using queue = Queue.open(dir.join("queue.db"), { clock: systemClock });
  const book = new SeenBook(queue.seen, []);
  const fresh = (i: number) =>
    freshRow({
      runPath: `/lab/Run_${i}`,
      folder: `1:${i}-2026`,
      equipmentId: "E",
      hasAppeared: true,
      at: "2026-04-17",
      observedMs: 0,
    });
  for (let i = 0; i < 300; i++) {
    book.put(fresh(i));
    book.put({ ...fresh(i), phase: "taken", waitsFor: null });
    book.put({ ...fresh(i), phase: "taken", waitsFor: null, lookedAt: "2026-04-18" });
  }
  book.put(fresh(300));
  book.write();
  assert.equal(book.size, 301);
  const asQueueHasIt = (path: string) => {
    queue.seen.put({ ...queue.seen.of(path)!, files: 77 });
    return book.get(path)!.files;
  };
  assert.deepEqual(["/lab/Run_8", "/lab/Run_300"].map(asQueueHasIt), [77, 0]);
  assert.equal(book.get("/lab/Run_7")!.lookedAt, "2026-04-18");
  assert.deepEqual(book.ofFolder("1:7-2026").map(({ runPath }) => runPath), ["/lab/Run_7"]);
  const renamed = { ...book.get("/lab/Run_7")!, runPath: "/lab/Run_7 again" };
  book.put(renamed);
  assert.deepEqual(book.others(renamed).map(({ runPath }) => runPath), ["/lab/Run_7"]);
  book.drop("/lab/Run_7");
  assert.deepEqual([book.others(renamed), book.size], [[], 301]);
  assert.deepEqual(book.ofFolder(null), []);
  const again = new SeenBook(queue.seen, queue.seen.ofEquipment("E"));
  assert.deepEqual([again.size, again.isOpen("/lab/Run_300")], [301, true]);
});
