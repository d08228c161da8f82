/** Whatever the pages do and say, a script can do and ask: a new button needs its route here. */
import assert from "node:assert/strict";
import { ReportStore } from "../../lib/reports/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { fakeControl, jobOf } from "./fake_control.ts";
import { fakeGate } from "./fake_gate.ts";
import { fakeLists, SETTINGS } from "./fake_lists.ts";
import { fakeReading } from "./fake_reading.ts";
import { openHouse } from "./house.ts";

/** Each form of a page, and the route that does the same. */
const ACTIONS: Readonly<Record<string, string>> = {
  "/pause": "/pause",
  "/resume": "/resume",
  "/retry-all": "/retry",
  "/dismiss": "/dismiss",
  "/complete": "/complete",
  "/runs/:id/retry": "/jobs/:id/retry",
  "/runs/:id/cancel": "/jobs/:id/cancel",
  "/runs/:id/verify": "/jobs/:id/verify",
  "/runs/:id/pin": "/jobs/:id/pin",
  "/runs/:id/unpin": "/jobs/:id/unpin",
  "/runs/:id/accept-missing": "/jobs/:id/accept-missing",
  "/runs/:id/restore": "/jobs/:id/restore",
  "/runs/:id/override": "/overrides",
  "/runs/:id/revoke": "/overrides/revoke",
  "/runs/:id/note": "/reports/:id/notes",
  "/reports/:id/note": "/reports/:id/notes",
  "/reports/:id/history/undo": "/reports/:id/revert",
};

/** Each thing that pages read, and the route that says the same. */
const READINGS: Readonly<Record<string, string>> = {
  home: "/home",
  runs: "/runs",
  filters: "/filters",
  run: "/jobs/:id/detail",
  room: "/copies",
  pace: "/pace",
  files: "/jobs/:id/files",
};

/** And each page besides, with where a script finds what it shows. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  "/": ["/home", "/pace", "/runs", "/filters"],
  "/runs/:id": ["/jobs/:id/detail", "/jobs/:id/history", "/problems", "/overrides"],
  "/runs/:id/files": ["/jobs/:id/files"],
  "/problems": ["/problems"],
  "/reports": ["/reports"],
  "/reports/:id": ["/reports/:id"],
  "/reports/:id/history": ["/reports/:id/history"],
  "/reports/:id/compare": ["/reports/:id/diff"],
  "/storage": ["/storage", "/copies", "/pace"],
  "/activity": ["/activity", "/pace"],
  "/settings": ["/settings"],
};

const FILES = ["/site.css", "/live.js", "/favicon.ico", "/open/:link", "/healthz", "/metrics"];
const BASE = "/api/v1";

Deno.test("each form and each reading of a page has its route in the API, and no page is forgotten", async () => {
  await using dir = await tempDir();
  const control = fakeControl([jobOf()]);
  const { app } = openHouse(control, {
    gate: fakeGate(),
    lists: fakeLists(),
    settings: () => Promise.resolve(SETTINGS),
    reports: new ReportStore(dir.join("reports")),
  });
  const paths = (method: string) => [
    ...new Set(
      app.routes.filter((route) => route.method === method && !route.path.includes("*"))
        .map(({ path }) => path),
    ),
  ];
  const ofPages = (method: string) =>
    paths(method).filter((path) => !path.startsWith(BASE) && !FILES.includes(path)).sort();
  assert.deepEqual(ofPages("POST"), Object.keys(ACTIONS).sort());
  assert.deepEqual(ofPages("GET"), Object.keys(PAGES).sort());
  const reads = paths("GET");
  const readings = Object.entries(fakeReading(control))
    .flatMap(([name, part]) => typeof part === "function" ? [name] : []);
  assert.deepEqual(readings.sort(), Object.keys(READINGS).sort());
  for (const route of [...Object.values(READINGS), ...Object.values(PAGES).flat()]) {
    assert.ok(reads.includes(`${BASE}${route}`), `GET ${route}`);
  }
  const writes = paths("POST");
  for (const route of Object.values(ACTIONS)) {
    assert.ok(writes.includes(`${BASE}${route}`), `POST ${route}`);
  }
});

Deno.test("GET home, filters, detail and copies say what the pages say", async () => {
  const job = jobOf();
  const house = openHouse(fakeControl([job]));
  const home = await (await house.ask("/api/v1/home")).json();
  assert.deepEqual(home.answer.words, ["All runs are safe"]);
  assert.equal(home.outcomes.safe, 1);
  const filters = await (await house.ask("/api/v1/filters")).json();
  assert.deepEqual(filters, { equipment: ["FLOW_01"], projects: ["Panel"] });
  const detail = await (await house.ask(`/api/v1/jobs/${job.id}/detail`)).json();
  assert.deepEqual([detail.name, detail.project], ["Run_2026-11-20T20-18", "Panel"]);
  assert.equal(detail.custody.reason, "it has to be proven for 24 h");
  assert.equal((await house.ask("/api/v1/jobs/nobody/detail")).status, 404);
  const copies = await (await house.ask("/api/v1/copies")).json();
  assert.deepEqual(copies, { enabled: false, proven: [], pinned: [], went: [] });
});
