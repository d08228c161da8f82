/** ship's own small queue, damaged in every way a disk or a person can think of. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createTransport, openStateDir } from "../../lib/daemon/mod.ts";
import { shipRun } from "../../lib/ship/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { tempDir } from "../support/temp_dir.ts";

const DAMAGES: Readonly<Record<string, (db: string) => Promise<void>>> = {
  "cut in half": async (db) => await Deno.truncate(db, (await Deno.stat(db)).size / 2),
  "cut to a few bytes": async (db) => await Deno.truncate(db, 50),
  "overwritten at its head": async (db) => await overwrite(db, 0, 200),
  "overwritten inside": async (db) => await overwrite(db, 4096, 40_000),
  "made a text": async (db) => await Deno.writeTextFile(db, "not a database at all\n".repeat(50)),
  "gone beside its log": async (db) => {
    await Deno.writeTextFile(`${db}-wal`, "a log without a database");
    await Deno.remove(db);
  },
  "made another program's": async (db) => {
    await Deno.remove(db);
    using other = new DatabaseSync(db);
    other.exec("CREATE TABLE theirs (x)");
  },
  "made empty": async (db) => await Deno.truncate(db, 0),
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  Deno.test(`ship goes on when its queue was ${what}`, async () => {
    await using dir = await tempDir();
    await dir.write("run1/a.raw", "alpha");
    await dir.write("run1/sub/b.raw", "beta");
    const stateDir = await openStateDir(dir.join("state"));
    const notices: string[] = [];
    const ship = () =>
      shipRun({
        dir: dir.join("run1"),
        transport: createTransport({ type: "mount", path: dir.join("nas") }),
        stateDir,
        initDestination: true,
        uploadMbps: null,
        gate: true,
        onProgress: () => {},
        onNotice: (sentence) => notices.push(sentence),
        signal: AbortSignal.timeout(60_000),
      });
    assert.equal((await ship()).state, "verified");
    const [db] = [...Deno.readDirSync(stateDir.shipDir)].filter(({ name }) => name.endsWith(".db"));
    await damage(`${stateDir.shipDir}/${db!.name}`);
    const again = await ship();
    assert.deepEqual([again.state, again.verification?.matched], ["verified", 2]);
    await assertProven(dir.join("nas/run1"));
    // An empty file is a new database to SQLite: nothing was lost that could be told.
    if (what === "made empty") assert.doesNotMatch(notices.join("\n"), /damaged|set aside/);
    else assert.match(notices.join("\n"), /was damaged .* set aside as .*\.damaged-/);
  });
}

async function overwrite(path: string, from: number, length: number): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(from, Deno.SeekMode.Start);
  await file.write(crypto.getRandomValues(new Uint8Array(length)));
}
