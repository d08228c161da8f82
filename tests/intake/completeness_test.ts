import assert from "node:assert/strict";
import { judge, type SeenRun } from "../../lib/intake/completeness.ts";
import { NewestTimes } from "../../lib/intake/newest.ts";
import { readManifest } from "../../lib/intake/signals/manifest.ts";
import type { Marks } from "../../lib/intake/marks.ts";
import { type Completeness, NO_RULES } from "../../lib/config/mod.ts";

const ENTRY = {
  kind: "file",
  path: "a.dat",
  sizeBytes: 1,
  fileId: "1:1",
} as const;
const NO_MARKS: Marks = {
  counts: new Map(),
  first: new Map(),
  texts: new Map(),
  sizes: new Map(),
};
const WALL_MS = Date.parse("2026-04-17T15:00:00Z");
const SETTLE_MS = 30_000;
const SHA = "a".repeat(64);

/** A run of three files, unchanged for an hour. */
const QUIET: SeenRun = {
  firstSeenAt: "2026-04-17T14:00:00.000Z",
  files: 3,
  bytes: 300,
  newest: { exactMs: null, coarseMs: WALL_MS - 3_600_000 },
  changedObservedMs: 0,
  problem: null,
  writers: { open: [], unknown: null },
  named: new Map(),
  manifest: null,
  hashes: new Map(),
  word: null,
  marks: NO_MARKS,
};
const SENTINEL: Completeness = { signal: "sentinel_file", filenames: ["a.flag", "b.flag"] };
const BOTH = new Map([["a.flag", 0], ["b.flag", 0]]);

function judged(
  seen: Partial<SeenRun>,
  completeness: Completeness,
  { wallMs = WALL_MS, observedMs = 3_600_000 } = {},
) {
  const policy = { completeness, rules: NO_RULES, settleMs: SETTLE_MS };
  return judge({ ...QUIET, ...seen }, { policy, now: { wallMs, observedMs } });
}

Deno.test("judge waits for every sentinel, and names the one that is missing", () => {
  const one = judged({ named: new Map([["a.flag", 0]]) }, SENTINEL);
  assert.deepEqual(one, {
    kind: "acquiring",
    waitsFor: "b.flag",
    lookAgainInMs: null,
    isForChange: true,
  });
  const both = judged({ named: BOTH }, SENTINEL);
  assert.equal(both.kind, "complete");
  assert.deepEqual(both.kind === "complete" && both.evidence, {
    signal: "sentinel_file",
    sentinels: ["a.flag", "b.flag"],
    first_seen_at: QUIET.firstSeenAt,
    judged_at: "2026-04-17T15:00:00.000Z",
    files: 3,
    bytes: 300,
    quiet_ms: 3_600_000,
    open_for_writing: "none",
  });
});

Deno.test("judge says when to look again: at the end of the settling", () => {
  const verdict = judged({ named: BOTH, changedObservedMs: 3_590_000 }, SENTINEL);
  assert.deepEqual(verdict, { kind: "acquiring", waitsFor: "quiet", lookAgainInMs: 20_000 });
});

Deno.test("judge asks a quiet_period for its minutes, however short the settling", () => {
  const quiet: Completeness = { signal: "quiet_period", quietMinutes: 15 };
  const verdict = judged({ changedObservedMs: 3_000_000 }, quiet);
  assert.deepEqual(verdict, { kind: "acquiring", waitsFor: "quiet", lookAgainInMs: 300_000 });
  assert.equal(judged({ changedObservedMs: 2_700_000 }, quiet).kind, "complete");
});

Deno.test("judge counts quiet by observed time: a wall clock that steps completes nothing", () => {
  const justChanged = { named: BOTH, changedObservedMs: 3_599_000 };
  for (const wallMs of [WALL_MS + 86_400_000, WALL_MS - 86_400_000, WALL_MS + 365 * 86_400_000]) {
    assert.equal(judged(justChanged, SENTINEL, { wallMs }).kind, "acquiring");
    assert.equal(judged({ named: BOTH }, SENTINEL, { wallMs }).kind, "complete");
  }
});

Deno.test("judge is not held by files from the future, only by those of the last two seconds", () => {
  assert.equal(
    judged({ named: BOTH, newest: { exactMs: null, coarseMs: WALL_MS + 86_400_000 } }, SENTINEL)
      .kind,
    "complete",
  );
  for (const ms of [WALL_MS - 500, WALL_MS + 500, WALL_MS]) {
    for (const newest of [{ exactMs: null, coarseMs: ms }, { exactMs: ms, coarseMs: null }]) {
      const verdict = judged({ named: BOTH, newest }, SENTINEL);
      assert.equal(verdict.kind, "acquiring");
      const mostMs = newest.exactMs === null ? 2_000 : 1_000;
      assert.ok(verdict.kind === "acquiring" && verdict.lookAgainInMs! <= mostMs);
    }
  }
});

Deno.test("judge never completes a run without files, or one that somebody writes to", () => {
  assert.equal(judged({ files: 0, named: BOTH }, SENTINEL).kind, "acquiring");
  const open = [{ path: "z001.tif", pid: 4711 }];
  const verdict = judged({ named: BOTH, writers: { open, unknown: null } }, SENTINEL);
  assert.equal(
    verdict.kind === "acquiring" && verdict.waitsFor,
    "z001.tif to be closed by process 4711",
  );
});

Deno.test("judge says in its evidence where nobody can know who writes", () => {
  const why = "this system does not say who writes";
  const verdict = judged({ named: BOTH, writers: { open: [], unknown: why } }, SENTINEL);
  assert.equal(verdict.kind === "complete" && verdict.evidence.open_for_writing, "unknown");
  assert.equal(verdict.kind === "complete" && verdict.evidence.open_for_writing_why, why);
});

Deno.test("judge holds a manual run until somebody has spoken", () => {
  const manual: Completeness = { signal: "manual" };
  assert.equal(judged({}, manual).kind, "acquiring");
  const word = { by: "asmith", at: "2026-04-17T14:59:00Z" };
  assert.equal(judged({ word }, manual).kind, "complete");
  assert.equal(judged({ word, changedObservedMs: 3_599_000 }, manual).kind, "acquiring");
});

Deno.test("judge calls odd only what is quiet: half a manifest may still be being written", () => {
  const byList: Completeness = { signal: "manifest", filename: "list.json" };
  const half = { manifest: readManifest('{"files": [{"pa') };
  assert.equal(judged({ ...half, changedObservedMs: 3_599_000 }, byList).kind, "acquiring");
  assert.equal(judged(half, byList).kind, "odd");
  assert.equal(judged({ problem: "x cannot be read", named: BOTH }, SENTINEL).kind, "odd");
});

Deno.test("judge compares a manifest's names, sizes and hashes", () => {
  const byList: Completeness = { signal: "manifest", filename: "list.json" };
  const manifest = readManifest(JSON.stringify({
    files: [{ path: "a\\b.fcs", size: 10 }, { path: "c.fcs", size: 5, sha256: SHA.toUpperCase() }],
  }));
  const seen = (c: number, hashes: [string, string][] = []) =>
    judged(
      { manifest, named: new Map([["a/b.fcs", 10], ["c.fcs", c]]), hashes: new Map(hashes) },
      byList,
    );
  assert.equal(judged({ manifest: null }, byList).kind, "acquiring");
  assert.equal(judged({ manifest, named: new Map([["a/b.fcs", 10]]) }, byList).kind, "acquiring");
  assert.equal(seen(4).kind, "acquiring");
  assert.equal(seen(6).kind, "odd");
  const asks = seen(5);
  assert.deepEqual(asks.kind === "acquiring" && asks.hash, ["c.fcs"]);
  assert.equal(seen(5, [["c.fcs", SHA]]).kind, "complete");
  assert.equal(seen(5, [["c.fcs", "b".repeat(64)]]).kind, "odd");
});

Deno.test("readManifest: an empty list is not complete, a path out of the run is no list", () => {
  const byList: Completeness = { signal: "manifest", filename: "list.json" };
  assert.equal(judged({ manifest: readManifest('{"files": []}') }, byList).kind, "acquiring");
  for (const path of ["../x", "/etc/passwd", "C:/x", "a//b", "a/../../b", "a/."]) {
    assert.ok("fault" in readManifest(JSON.stringify({ files: [{ path, size: 1 }] })), path);
  }
  for (const text of ["", "[]", '{"files": 3}', '{"files": [{"path": "a", "size": -1}]}']) {
    assert.ok("fault" in readManifest(text), text);
  }
});

Deno.test("judge calls a run stalled whose end does not come, and no run that still changes", () => {
  const observedMs = 8 * 24 * 3_600_000;
  const ghost = judged({}, SENTINEL, { observedMs });
  assert.deepEqual(ghost, {
    kind: "odd",
    why: "stalled: unchanged for 8 days, and still waiting for a.flag",
  });
  const alive = judged({ changedObservedMs: observedMs - 3_600_000 }, SENTINEL, { observedMs });
  assert.equal(alive.kind, "acquiring");
  // However late the end comes, it counts.
  assert.equal(judged({ named: BOTH }, SENTINEL, { observedMs }).kind, "complete");
  // A folder in which nothing was ever written too.
  const empty = judged({ files: 0 }, SENTINEL, { observedMs });
  assert.match(empty.kind === "odd" ? empty.why : "", /waiting for the first file/);
});

Deno.test("NewestTimes takes a time for exact only where the second of every change is its own", () => {
  const nowMs = 1_700_000_010_000;
  const found = (...times: readonly (readonly [mtimeMs: number, ctimeS: number])[]) => {
    const newest = new NewestTimes();
    for (const [mtimeMs, ctimeS] of times) newest.see({ ...ENTRY, mtimeMs, ctimeS }, nowMs);
    return newest.found;
  };
  assert.deepEqual(found(), { exactMs: null, coarseMs: null });
  assert.deepEqual(found([1_700_000_005_250, 1_700_000_005]), {
    exactMs: 1_700_000_005_250,
    coarseMs: null,
  });
  // Whole seconds, and a time that was set back: the end of the second of its last change counts.
  assert.deepEqual(found([1_700_000_004_000, 1_700_000_004]).coarseMs, 1_700_000_004_999);
  assert.deepEqual(found([1_600_000_000_250, 1_700_000_006]), {
    exactMs: null,
    coarseMs: 1_700_000_006_999,
  });
  // Of both kinds the newest of each; what lies in the future is passed over.
  assert.deepEqual(
    found([1_700_000_005_250, 1_700_000_005], [1_700_000_002_000, 1_700_000_002], [
      1_800_000_000_000,
      1_700_000_001,
    ]),
    { exactMs: 1_700_000_005_250, coarseMs: 1_700_000_002_999 },
  );
});
