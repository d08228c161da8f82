import assert from "node:assert/strict";
import { lockFile } from "../../lib/disk/mod.ts";
import {
  createCreation,
  type CreationDraft,
  mutateCreation,
  readCreation,
  recordPath,
  snapshotRecord,
  unknownLimsProject,
} from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture } from "./fixtures.ts";

function draft(by = "asmith"): CreationDraft {
  return {
    created_at: "2026-04-17T14:32:00Z",
    created_by: by,
    level: "run",
    run_kind: "experimental",
    lims_project: unknownLimsProject("Cortex"),
    paths: { local: "/data/x", nas: "//nas/x" },
  };
}

Deno.test("createCreation writes out the defaults and leaves out what is absent", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.path, "creation.json");
  const creation = await createCreation(path, draft());
  assert.deepEqual(await readCreation(path), creation);
  const written = JSON.parse(await Deno.readTextFile(path));
  assert.equal(written.schema_version, "1.9");
  assert.equal(written.sync_status, "pending");
  assert.deepEqual(written.plugins_applied, []);
  assert.deepEqual(written.validation_overrides, []);
  assert.ok(!("orchestrator" in written) && !("labferry" in written));
  assert.deepEqual(written.lims_project, unknownLimsProject("Cortex"));
});

Deno.test("createCreation gives already_exists to all but one of many first writers", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.path, "creation.json");
  const names = Array.from({ length: 8 }, (_, i) => `writer-${i}`);
  const outcomes = await Promise.allSettled(names.map((name) => createCreation(path, draft(name))));
  const lost = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(lost.length, 7);
  for (const { reason } of lost) assert.equal(reason.code, "already_exists");
  const winner = names[outcomes.findIndex((outcome) => outcome.status === "fulfilled")];
  assert.equal((await readCreation(path)).created_by, winner);
});

Deno.test("createCreation needs the run's folder and makes nothing without it", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.join("gone"), "creation.json");
  await assert.rejects(createCreation(path, draft()), { code: "folder_missing" });
  await assert.rejects(Deno.stat(dir.join("gone")), Deno.errors.NotFound);
});

Deno.test("snapshotRecord and mutateCreation exclude each other through one lock file", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.8.json");
  const short = { lockTimeoutMs: 60 };
  {
    using _reader = await lockFile(`${path}.lock`, { mode: "shared" });
    await snapshotRecord(path, short);
    await assert.rejects(
      mutateCreation(path, (creation) => ({ ...creation, sync_status: "failed" }), short),
      { code: "lock_timeout" },
    );
  }
  using _writer = await lockFile(`${path}.lock`, { mode: "exclusive" });
  await assert.rejects(snapshotRecord(path, short), { code: "lock_timeout" });
  await readCreation(path);
});
