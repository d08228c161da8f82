/** Locks and small files on a share that gives no answer: nobody waits for it without a bound. */
import assert from "node:assert/strict";
import { lockFile, tryLockSoon } from "../../lib/disk/file_lock.ts";
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
  askSharesFirst(silence);
  return {
    ...share,
    async [Symbol.asyncDispose]() {
      share.on();
      askSharesFirst(() => NO_SHARES);
      await share[Symbol.asyncDispose]();
    },
  };
}

const NO_SHARES = {
  isShare: () => false,
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
