import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { lockFile, tryLockFile } from "../../lib/disk/mod.ts";
import { startScript } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { tempDir } from "../support/temp_dir.ts";

const CHILD = new URL("./lock_child.ts", import.meta.url);

Deno.test("tryLockFile refuses a second exclusive lock and grants it after release", async () => {
  await using dir = await tempDir();
  const path = dir.join("creation.json.lock");
  const first = tryLockFile(path, { mode: "exclusive" });
  assert.ok(first);
  assert.equal(tryLockFile(path, { mode: "exclusive" }), null);
  assert.equal(tryLockFile(path, { mode: "shared" }), null);
  first.release();
  first.release();
  using second = tryLockFile(path, { mode: "exclusive" });
  assert.ok(second);
});

testWith(
  ["linux"],
  "a lock is free once it was released, also while children are being started",
  async () => {
    await using dir = await tempDir();
    const path = dir.join("transfer.lock");
    const url = new URL("./spawning_worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module" });
    let working = true;
    worker.onmessage = () => working = false;
    worker.postMessage("begin");
    let refused = 0;
    while (working) {
      for (let i = 0; i < 100; i++) {
        using lock = tryLockFile(path, { mode: "exclusive" });
        if (lock === null) refused++;
      }
      await new Promise((resume) => setTimeout(resume, 0));
    }
    worker.terminate();
    assert.equal(refused, 0);
  },
);

Deno.test("tryLockFile lets readers share and keeps a writer out", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.lock");
  using one = tryLockFile(path, { mode: "shared" });
  using two = tryLockFile(path, { mode: "shared" });
  assert.ok(one && two);
  assert.equal(tryLockFile(path, { mode: "exclusive" }), null);
});

Deno.test("lockFile times out with lock_timeout naming the file", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.lock");
  using _held = await lockFile(path, { mode: "exclusive" });
  await assert.rejects(lockFile(path, { mode: "shared", timeoutMs: 60 }), (error) => {
    assert.ok(error instanceof LabferryError);
    assert.equal(error.code, "lock_timeout");
    assert.equal(error.path, path);
    assert.match(error.message, /stayed locked/);
    return true;
  });
});

Deno.test("lockFile ends its wait with the signal's reason", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.lock");
  using _held = await lockFile(path, { mode: "exclusive" });
  const giveUp = new AbortController();
  const waiting = lockFile(path, { mode: "exclusive", signal: giveUp.signal });
  giveUp.abort(new Error("shutting down"));
  await assert.rejects(waiting, /shutting down/);
});

Deno.test("lockFile says not_found when the folder is missing and makes none", async () => {
  await using dir = await tempDir();
  await assert.rejects(
    lockFile(dir.join("gone", "x.lock"), { mode: "exclusive" }),
    (error) => error instanceof LabferryError && error.code === "not_found",
  );
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
});

testWith(
  ["links"],
  "lockFile refuses a lock file that is a link and leaves its target alone",
  async () => {
    await using dir = await tempDir();
    const target = await dir.write("precious", "bytes");
    await Deno.symlink(target, dir.join("x.lock"));
    assert.throws(
      () => tryLockFile(dir.join("x.lock"), { mode: "exclusive" }),
      (error) => error instanceof LabferryError && error.code === "link_refused",
    );
    assert.equal(await Deno.readTextFile(target), "bytes");
  },
);

Deno.test("a lock dies with its holder", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.lock");
  await using holder = startScript(CHILD, [path]);
  await holder.said("held");
  assert.equal(tryLockFile(path, { mode: "exclusive" }), null);
  await holder.kill();
  using lock = await lockFile(path, { mode: "exclusive", timeoutMs: 5_000 });
  assert.equal(lock.path, path);
});

Deno.test("lockFile never lets two hold it while others unlink and remake the lock file", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.lock");
  let holders = 0;
  let most = 0;
  let rounds = 0;
  const worker = async () => {
    for (let i = 0; i < 25; i++) {
      using _lock = await lockFile(path, { mode: "exclusive" });
      holders++;
      most = Math.max(most, holders);
      rounds++;
      // As some versions of filelock do on release: unlink while holding.
      if (i % 2 === 0) Deno.removeSync(path);
      await Promise.resolve();
      holders--;
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  assert.equal(rounds, 100);
  assert.equal(most, 1);
});

Deno.test("tryLockFile notices that its path names another file by now", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.lock");
  using old = tryLockFile(path, { mode: "exclusive" });
  assert.ok(old);
  Deno.renameSync(path, dir.join("moved.lock"));
  // The old handle still holds the moved file; the name is free and gets a file of its own.
  using fresh = tryLockFile(path, { mode: "exclusive" });
  assert.ok(fresh);
  assert.notEqual(Deno.lstatSync(path).ino, Deno.lstatSync(dir.join("moved.lock")).ino);
});

testWith(
  ["fuse"],
  "tryLockFile says no_locks, where and what to do, on a share without locks",
  async () => {
    for (const noLocks of ["ENOLCK", "ENOSYS", "EOPNOTSUPP"]) {
      await using share = await oddShare({ noLocks });
      const path = share.join("equipment.json.lock");
      await assert.rejects(
        lockFile(path, { mode: "exclusive" }),
        (error: unknown) => {
          assert.ok(error instanceof LabferryError, String(error));
          assert.deepEqual([error.code, error.path], ["no_locks", path], noLocks);
          assert.match(error.hint!, /local disk/);
          return true;
        },
      );
    }
  },
);
