import assert from "node:assert/strict";
import { JOB_STATES } from "../../lib/queue/mod.ts";
import { metricsText } from "../../lib/web/metrics.ts";
import { exposition } from "../../lib/fleet/mod.ts";
import type { MetricFacts } from "../../lib/control/mod.ts";
import { testWith } from "../support/needs.ts";
import { promtool } from "../support/promtool.ts";
import { jobOf, statusOf } from "./fake_control.ts";

const HOSTILE = 'N"A\\S\n1 \u202e\ud800 {evil="1"} 7';

function everything(): Parameters<typeof metricsText>[0] {
  const status = statusOf([jobOf(), jobOf({ state: "failed" })], {
    daemon: { pid: 1, version: "1", started_at: "2026-11-20T20:18:00.000Z", url: "http://x/" },
    destinations: ["up", "down"].map((state, i) => ({
      name: `${HOSTILE}${i}`,
      address: "/nas",
      state: state as "up" | "down",
      code: null,
      reason: null,
      hint: null,
      next_probe_at: null,
      closed_until: null,
    })),
    storage: [{
      roots: [HOSTILE, "/b"],
      equipment: ["FLOW_01"],
      total_bytes: 2e12,
      free_bytes: 1e12,
      bytes_per_day: 5e9,
      full_at: null,
      proven_bytes: 3,
      warning: null,
      no_space_gained: false,
    }],
    paused: ["*", HOSTILE],
  });
  const facts = {
    runs: JOB_STATES.flatMap((state) =>
      [null, "gate" as const].map((hold) => ({
        equipmentId: HOSTILE,
        state,
        hold,
        unproven: null,
        runs: 2,
        bytes: 7,
        oldestEnqueuedMs: 1_000,
        newestEnqueuedMs: 2_000,
        lastVerifiedAt: null,
        alarmedFiles: 0,
        localDamaged: 0,
      }))
    ),
    equipment: [{
      equipmentId: HOSTILE,
      oldestUnsafeMs: 1_500,
      unsafeBytes: 7,
      oldestOpenMs: 0,
      lastSeenMs: 2_000,
      lastProvenMs: 0,
      farDamagedFiles: 0,
      localDamagedFiles: 3,
      expectEveryHours: 24,
      lastDrillMs: 3_000,
    }],
    counts: {
      passes: new Map([["a", { result: "passed", strength: "read_back", count: 3 }]]),
      failures: new Map([["unreachable", 2]]),
      deletedBytes: 12,
      sentBytes: new Map([["rsync_ssh", 9]]),
      timeToSafe: [1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      timeToSafeSum: 1e6,
    } as unknown as MetricFacts["counts"],
    findings: { hard: 1, soft: 0 },
    standing: status,
    oldestScrubMs: 1_700_000_000_000,
    farFreeBytes: new Map([[HOSTILE, 5]]),
  };
  return { status, version: "1.2.3", facts, configSha256: "ab12" };
}

testWith(["promtool"], "promtool finds nothing to complain of in /metrics", async () => {
  for (const facts of [everything().facts, null]) {
    const text = metricsText({ ...everything(), facts });
    assert.deepEqual(await promtool(text), { code: 0, said: "" });
  }
});

testWith(["promtool"], "promtool would have complained", async () => {
  const text = metricsText(everything());
  for (
    const [what, broken] of [
      ["a second HELP", `${text}# HELP labferry_runs again\n# TYPE labferry_runs gauge\n`],
      ["a counter without _total", text.replaceAll("labferry_failures_total", "labferry_failures")],
      ["an open label", text.replace('state="failed"', 'state="failed')],
    ] as const
  ) {
    assert.notEqual((await promtool(broken)).code, 0, what);
  }
});

Deno.test("metricsText writes each name's HELP and TYPE once, no times, and one value a series", () => {
  const text = metricsText(everything());
  assert.ok(text.endsWith("\n"));
  const lines = text.trimEnd().split("\n");
  const once = (kind: string) =>
    lines.filter((line) => line.startsWith(`# ${kind}`)).map((line) => line.split(" ")[2]);
  assert.equal(new Set(once("HELP")).size, once("HELP").length);
  assert.deepEqual(once("HELP"), once("TYPE"));
  const series = lines.filter((line) => !line.startsWith("#"));
  for (const line of series) {
    // A name, maybe labels, one value: nothing that could be a time behind it.
    assert.match(
      line,
      /^labferry_[a-z_]+(\{(?:[a-z][a-z_0-9]*="(?:[^"\\\n]|\\.)*",?)*\})? [\d.e+-]+$/,
      line,
    );
    assert.doesNotMatch(line, /[{,](job|instance)=/);
  }
  const names = series.map((line) => line.slice(0, line.lastIndexOf(" ")));
  assert.equal(new Set(names).size, names.length);
  assert.match(text, /labferry_time_to_safe_seconds_bucket\{le="60"\} 1\n/);
  assert.match(text, /labferry_time_to_safe_seconds_bucket\{le="\+Inf"\} 2\n/);
  assert.match(
    text,
    /labferry_oldest_unsafe_timestamp_seconds\{equipment="N\\"A\\\\S\\n1 .*"\} 1.5\n/,
  );
});

Deno.test("metricsText has as many series for a hundred thousand runs as for ten", () => {
  const few = everything();
  const many = { ...few, status: { ...few.status, jobs: Array(100_000).fill(jobOf()) } };
  assert.equal(metricsText(many).split("\n").length, metricsText(few).split("\n").length);
});

Deno.test("exposition refuses a name that stands twice", () => {
  const family = { name: "a", type: "gauge", help: "", samples: [] } as const;
  assert.throws(() => exposition([family, family]), RangeError);
});
