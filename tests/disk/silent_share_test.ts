/** Locks and small files on a share that gives no answer: nobody waits for it without a bound. */
import assert from "node:assert/strict";
import { lockFile, tryLockSoon } from "../../lib/disk/file_lock.ts";
import { appendLine } from "../../lib/disk/append_line.ts";
import { writeFileAtomic } from "../../lib/disk/atomic_write.ts";
import { ShareThreads } from "../../lib/disk/share_threads.ts";
import { syncDirectory } from "../../lib/disk/sync_directory.ts";
import { until } from "../support/until.ts";
import { askSharesFirst, callsFor, isSilence, unlessSilent } from "../../lib/disk/small_calls.ts";
import { ShareSilence } from "../../lib/process/mod.ts";
import { exclusiveAgain } from "./lock_again.ts";
import { testWith } from "../support/needs.ts";
import { type OddHabits, type OddShare, oddShare } from "../support/odd_share.ts";

/** Longer than any test: what ends a wait is not the share's own limit. */
const LONG_MS = 300_000;
const SHORT_MS = 200;

/** A share that the program asks first, until the test is over. */
async function askedShare(
  answerMs: number,
  habits: OddHabits = {},
): Promise<OddShare & AsyncDisposable> {
  const share = await oddShare(habits);
  const silence = () => new ShareSilence(answerMs);
  const threads = new ShareThreads();
  askSharesFirst(silence, threads);
  return {
    ...share,
    async [Symbol.asyncDispose]() {
      share.on();
      askSharesFirst(() => NO_SHARES, threads);
      threads[Symbol.dispose]();
      await share[Symbol.asyncDispose]();
    },
  };
}

const NO_SHARES = {
  isShare: () => false,
  shareOf: () => null,
  at: () => Promise.resolve(false),
  within: async <T>(_: string, act: () => Promise<T>) => ({ value: await act() }),
};

const gaveUp = new Error("a person gave up");

for (
  const when of ["before it is asked", "at the lock's file", "while a lock is let go"] as const
) {
  testWith(
    ["fuse"],
    `a lock on a share that hangs ${when} is waited for within its bounds`,
    async () => {
      await using share = await askedShare(
        LONG_MS,
        when === "at the lock's file" ? { hangsAt: { operation: "create", name: "x.lock" } } : {},
      );
      const path = share.join("x.lock");
      if (when === "while a lock is let go") {
        const held = await lockFile(path, { mode: "exclusive" });
        share.hang();
        held.release();
      }
      if (when === "before it is asked") share.hang();
      const stop = new AbortController();
      const aborted = lockFile(path, { mode: "exclusive", signal: stop.signal });
      await Promise.resolve();
      stop.abort(gaveUp);
      await assert.rejects(aborted, (error) => error === gaveUp);
      await assert.rejects(lockFile(path, { mode: "exclusive", timeoutMs: 50 }), isSilence);
      share.on();
      // Whatever the share gave too late is held by nobody.
      await exclusiveAgain(path);
    },
  );
}

testWith(
  ["fuse"],
  "a lock is not waited for at all where its share is known to be silent",
  async () => {
    await using share = await askedShare(SHORT_MS);
    const path = share.join("x.lock");
    share.hang();
    await assert.rejects(tryLockSoon(path, { mode: "exclusive" }), isSilence);
    await assert.rejects(callsFor(path), isSilence);
    await assert.rejects(
      unlessSilent({ path }, () => assert.fail("nothing is done there")),
      isSilence,
    );
    share.on();
    await exclusiveAgain(path);
  },
);

/** More than two pieces. */
const LONG = new Uint8Array(9_000_000).fill(7);
/** As long as its pieces may take on a busy computer. */
const PIECE_MS = 2_000;

const WRITES = {
  "a small file": (path: string) => writeFileAtomic(path, new Uint8Array([1, 2, 3])),
  "a long file": (path: string) => writeFileAtomic(path, LONG),
  "a line": (path: string) => appendLine(path, "one", { durable: true }),
  "a folder's names": (path: string) => syncDirectory(path.slice(0, path.lastIndexOf("/"))),
} as const;

for (
  const [what, operation] of [
    ["a small file", "create"],
    ["a small file", "fsync"],
    ["a small file", "flush"],
    ["a small file", "rename"],
    ["a small file", "fsyncdir"],
    ["a long file", "write"],
    ["a long file", "flush"],
    ["a line", "fsync"],
    ["a line", "flush"],
    ["a folder's names", "fsyncdir"],
  ] as const
) {
  testWith(
    ["fuse"],
    `${what} on a share that begins to hang in ${operation} holds nobody longer than a share may take`,
    async () => {
      await using share = await askedShare(PIECE_MS);
      const path = share.join("x.json");
      if (what !== "a line") await Deno.writeFile(path, new Uint8Array([9]));
      await share.set({ hangsAt: { operation, name: "" } });
      await assert.rejects(WRITES[what](path), isSilence);
      // The program goes on meanwhile: it stands in no call that does not return.
      assert.equal(await share.isHanging(), true);
      await assert.rejects(WRITES[what](path), isSilence);
      share.on();
      // What comes late comes whole, and before whatever is written after it.
      const last = new TextEncoder().encode("last");
      await until(async () => {
        try {
          await writeFileAtomic(path, last);
          return true;
        } catch (error) {
          if (!isSilence(error)) throw error;
          return false;
        }
      }, { what: "the share to answer again" });
      assert.deepEqual(await Deno.readFile(path), last);
      const names = Array.from(Deno.readDirSync(share.diskPath), ({ name }) => name);
      assert.deepEqual(names, ["x.json"]);
    },
  );
}

testWith(["fuse"], "a long file is whole on a share, and replaces at once", async () => {
  await using share = await askedShare(LONG_MS);
  const path = share.join("x.bin");
  const parts = function* () {
    for (let at = 0; at < LONG.length; at += 1_000_000) yield LONG.subarray(at, at + 1_000_000);
  };
  await writeFileAtomic(path, parts());
  assert.deepEqual(await Deno.readFile(path), LONG);
  await assert.rejects(writeFileAtomic(path, LONG, { createOnly: true }), /already exists/);
  await share.set({ fails: [{ operation: "fsync", nth: 2, errno: "ENOSPC" }] });
  await assert.rejects(writeFileAtomic(path, LONG.subarray(1)), { code: "disk_full" });
  await share.set({});
  assert.deepEqual(await Deno.readFile(path), LONG);
  const names = Array.from(Deno.readDirSync(share.diskPath), ({ name }) => name);
  assert.deepEqual(names, ["x.bin"]);
});

testWith(["fuse"], "a lock whose closing hangs holds nobody", async () => {
  await using share = await askedShare(PIECE_MS);
  const path = share.join("x.lock");
  const held = await lockFile(path, { mode: "exclusive", timeoutMs: LONG_MS });
  assert.equal(await held.isStillNamed(), true);
  await share.set({ hangsAt: { operation: "flush", name: "x.lock" } });
  held.release();
  await assert.rejects(lockFile(path, { mode: "exclusive", timeoutMs: 50 }), isSilence);
  assert.equal(await share.isHanging(), true);
  share.on();
  await exclusiveAgain(path);
});
