/**
 * Work on a list in slices: killed between any two of them, the run is of the old generation or of
 * the new one and no mixture, and what a committed pass has proven stays proven.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { FIRST, GONE, SECOND } from "./slices_run.ts";
import { newJob, pathsOf, PLACE } from "./support.ts";

const WRITER = fileURLToPath(new URL("slices_writer.ts", import.meta.url));

/** Before which statement it dies, and which of its kind. */
const KILLS: readonly (readonly [sql: string, nth: number])[] = [
  ["INSERT INTO files", 1_000],
  ["INSERT INTO generations", 1],
  ["UPDATE files SET proven_sha256", 1],
  ["UPDATE files SET proven_sha256", 3],
  ["UPDATE passes SET marking", 1],
  ["INSERT INTO seal_files", 900],
  ["INSERT INTO seal_gone", 600],
  ["INSERT INTO generations", 2],
  ["UPDATE seal_rounds SET decided", 2],
  ["INSERT OR IGNORE INTO once_ours", 1],
  ["DELETE FROM seal_gone", 1],
  ["DELETE FROM seal_gone", 2],
  ["UPDATE files AS f SET size_bytes", 1],
  ["UPDATE files AS f SET size_bytes", 4],
  ["DELETE FROM seal_files", 3],
  ["DELETE FROM seal_rounds WHERE job = ?", 2],
];

Deno.test("a list that is written in slices is of one generation, whenever the writer dies", async (t) => {
  for (const [sql, nth] of KILLS) {
    await t.step(`before ${sql} (${nth})`, async () => {
      await using dir = await tempDir();
      const path = dir.join("sync_queue.db");
      const said = await writeUntilKilled(path, { sql, nth });
      assert.equal(said, "", "it was not killed");
      using queue = Queue.open(path);
      await checkWhole(queue);
    });
  }
  await t.step("or does not", async () => {
    await using dir = await tempDir();
    const path = dir.join("sync_queue.db");
    assert.equal(await writeUntilKilled(path, { sql: "nothing", nth: 1 }), "done\n");
    using queue = Queue.open(path);
    assert.equal(queue.jobs.byRun(newJob("Run_1").runPath)!.generation, 2);
    await checkWhole(queue);
  });
});

async function writeUntilKilled(
  path: string,
  { sql, nth }: { readonly sql: string; readonly nth: number },
): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", WRITER, path, sql, String(nth)],
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** As the next delivery finds it: it looks at the run before it does anything else. */
async function checkWhole(queue: Queue): Promise<void> {
  const { id, sealedAt, generation, files, bytes } = queue.jobs.byRun(newJob("Run_1").runPath)!;
  {
    using _round = await queue.seals.begin(id);
  }
  const list = await Array.fromAsync(queue.files(id).list());
  assert.equal(queue.integrityFault(), null);
  if (sealedAt === null) return assert.deepEqual([list, generation], [[], 1]);
  assert.equal(list.length, files);
  assert.equal(list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), bytes);
  const [pass] = queue.passes.of(id);
  const isProven = pass?.outcome === "passed";
  if (generation === 1) {
    assert.deepEqual(list.map(({ path }) => path), FIRST);
    assert.ok(list.every((file) => file.generation === 1 && file.sizeBytes === 100));
    assert.ok(list.every(({ provenSha256 }) => (provenSha256 !== null) === isProven));
  } else {
    assert.deepEqual(list.map(({ path }) => path), [...GONE, ...SECOND]);
    assert.deepEqual(await pathsOf(queue.files(id).list("localMissing")), GONE);
    assert.deepEqual(await pathsOf(queue.files(id).list("unsent")), SECOND);
    assert.ok(GONE.every((path) => queue.files(id).get(path)!.provenSha256 !== null));
  }
  // Nothing is left of what was half done, so a pass may begin.
  assert.ok(queue.passes.begin(queue.jobs.byId(id)!, PLACE));
}
