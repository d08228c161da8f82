/**
 * The page and the API of a service that has much: a hundred thousand runs in the queue, a hundred
 * listeners, and a transfer under way. How long the answers take, and what the service needs.
 */
import { DatabaseSync } from "node:sqlite";
import { daemonControl, readServerInfo } from "../../lib/daemon/mod.ts";
import { type Lab, openLab } from "../../tests/support/lab.ts";
import { markDestinations } from "../../tests/support/marked.ts";
import { until } from "../../tests/support/until.ts";
import { type Figure, peakMb, residentMb } from "./figures.ts";
import { inParts, startService } from "./service.ts";

export const LISTENERS = 100;
/** Of one kind of question: together they take most of the time that the transfer does. */
const ASKED = 2_000;
/** Questions under way at once: some open pages and a scraper. */
const AT_ONCE = 4;
/** The transfer takes 8 s a gigabit: longer than the questions. */
const TRANSFER_BYTES = 400_000_000;
const UPLOAD_MBPS = 80;

const QUESTIONS: readonly [what: string, path: string][] = [
  ["page", "/"],
  ["page", "/?outcome=attention"],
  ["page", "/?search=run_77&order=name"],
  ["page", "/runs/ID"],
  ["page", "/problems"],
  ["API", "/api/v1/status"],
  ["API", "/api/v1/jobs?limit=100"],
  ["API", "/api/v1/jobs/ID"],
  ["API", "/api/v1/jobs/ID/history"],
  ["API", "/api/v1/jobs/ID/files"],
  ["API", "/api/v1/runs"],
  ["API", "/api/v1/runs?outcome=attention"],
  ["API", "/api/v1/runs?search=run_77&order=name"],
  ["API", "/api/v1/activity"],
  ["API", "/api/v1/activity?equipment=PLATE_02"],
  ["API", "/api/v1/storage"],
  ["API", "/metrics"],
];

export async function pageLoad(program: string, runs: number): Promise<Figure[]> {
  await using lab = await openLab({
    equipment: { PLATE_01: "mount", PLATE_02: "mount" },
    transportYaml: `bandwidth: { upload_mbps: ${UPLOAD_MBPS} }`,
    // Nobody writes to these runs: what is measured is the page.
    syncYaml: "scan_seconds: 3600",
    moreYaml: "drill: { max_gib: 0 }\n",
  });
  await markDestinations(lab);
  {
    await using _first = await startService(lab, inParts(program));
  }
  fill(lab, runs);
  await using service = await startService(lab, inParts(program));
  const { url } = (await readServerInfo(lab.stateDir))!;
  const control = await daemonControl(lab.stateDir);
  const ending = new AbortController();
  const listeners = await Promise.all(
    Array.from(
      { length: LISTENERS },
      () => listener(new URL("/api/v1/events", url), ending.signal),
    ),
  );
  const run = await lab.makeRun({ "stack.tif": new Uint8Array(TRANSFER_BYTES) });
  const { job } = await control.enqueue(run);
  await until(async () => (await control.job(job.id)).state === "running", {
    what: "the transfer to be under way",
    limitMs: 60_000,
  });
  const began = performance.now();
  const firstPage = await firstPageBytes(new URL("/", url));
  const all: { what: string; path: string; ms: number[]; bytes: number }[] = [];
  for (const [what, path] of QUESTIONS) {
    const asked = await ask(new URL(path.replace("ID", job.id), url));
    if (asked) all.push({ what, path, ...asked });
  }
  const seconds = (performance.now() - began) / 1_000;
  const { state } = await control.job(job.id);
  const figures = ["page", "API"].flatMap((kind) => {
    const of = all.filter(({ what }) => what === kind);
    if (of.length === 0) return [];
    return [{
      name: `${runs} runs, ${LISTENERS} listeners, a transfer: ${kind}, 50th and 99th of 100`,
      measured: `${at(of.flatMap(({ ms }) => ms), 0.5)} and ${
        at(of.flatMap(({ ms }) => ms), 0.99)
      }`,
      goal: "≤ 30 ms",
    }];
  });
  for (const { path, ms, bytes } of all) {
    console.error(`${path}: ${at(ms, 0.5)}, ${at(ms, 0.99)}, ${Math.round(bytes / 1_000)} kB`);
  }
  console.error(`the transfer is ${state} after ${seconds.toFixed(0)} s of questions`);
  const memory = {
    name: `${runs} runs, ${LISTENERS} listeners, a transfer: resident memory, peak`,
    measured: `${Math.round(await residentMb(service.pid))} MB, ${
      Math.round(await peakMb(service.pid))
    } MB`,
    goal: "< 150 MB",
  };
  ending.abort();
  await Promise.all(listeners.map(({ ended }) => ended));
  const size = {
    name: "first page with its style and script",
    measured: `${Math.round(firstPage / 1_000)} kB`,
    goal: "≤ 60 kB",
  };
  return [...figures, size, memory];
}

function at(ms: readonly number[], part: number): string {
  const sorted = ms.toSorted((a, b) => a - b);
  return `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(1)} ms`;
}

/** Null for a page that this labferry does not have. */
async function ask(url: URL): Promise<{ ms: number[]; bytes: number } | null> {
  const headers = { accept: "text/html, */*" };
  const first = await fetch(url, { headers });
  const bytes = (await first.arrayBuffer()).byteLength;
  if (first.status === 404) return null;
  const ms: number[] = [];
  const one = async () => {
    while (ms.length < ASKED) {
      const began = performance.now();
      const answer = await fetch(url, { headers });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      ms.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { ms, bytes };
}

/** The page, and all that it names of this service. */
async function firstPageBytes(url: URL): Promise<number> {
  const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
  const named = [...page.matchAll(/<(?:link|script|img)[^>]*? (?:href|src)="(\/[^"]+)"/g)];
  let bytes = new TextEncoder().encode(page).byteLength;
  for (const path of new Set(named.map(([, path]) => path!.replaceAll("&amp;", "&")))) {
    bytes += (await (await fetch(new URL(path, url))).arrayBuffer()).byteLength;
  }
  return bytes;
}

export async function listener(
  url: URL,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<void> }> {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`a listener was refused: ${answer.status}`);
  const ended = answer.body!.pipeTo(new WritableStream(), { signal }).catch((error) => {
    if (!signal.aborted) throw error;
  });
  return { ended };
}

/** Runs as a service has them after years: most let go, some here, a few that need somebody. */
export function fill(lab: Lab, runs: number): void {
  using db = new DatabaseSync(lab.stateDir.queueFile);
  const base = lab.farBase("PLATE_02");
  db.exec("BEGIN");
  db.prepare(`WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < ?1)
    INSERT INTO jobs (id, run_path, equipment_id, destination, far_dir, state, generation,
      sealed_at, files, bytes, attempts, resent, prepared_generation, verify_passes, verified_at,
      enqueued_ms, next_attempt_at, last_error_code, last_error_message, verification,
      deletion_started_at, pinned, updated_at)
    SELECT printf('%08x-0000-4000-8000-%012x', i, i), ?2 || '/Project_' || (i % 200) || '/Runs/Run_' || i,
      'PLATE_02', ?3, 'Project_' || (i % 200) || '/Runs/Run_' || i,
      CASE WHEN i % 1000 = 0 THEN 'failed' WHEN i % 20 = 0 THEN 'verified' ELSE 'cleaned' END, 1,
      ?4, 142, 4829384723, 0, 0, 1, CASE WHEN i % 1000 = 0 THEN 0 ELSE 2 END,
      CASE WHEN i % 1000 = 0 THEN NULL ELSE ?4 END, 1700000000000 + i * 60000,
      CASE WHEN i % 1000 = 0 THEN NULL ELSE ?5 END,
      CASE WHEN i % 1000 = 0 THEN 'hash_mismatch' END, CASE WHEN i % 1000 = 0 THEN 'it differs' END,
      CASE WHEN i % 1000 = 0 THEN NULL ELSE ?6 END,
      CASE WHEN i % 20 = 0 THEN NULL ELSE ?4 END, 0, ?4 FROM i`).run(
    runs,
    `${lab.dataRoot}/PLATE_02`,
    base,
    "2026-01-01T00:00:00.000Z",
    new Date(Date.now() + 60 * 24 * 3_600_000).toISOString(),
    JSON.stringify({
      strength: "read_back",
      matched: 142,
      mismatched: [],
      missing: [],
      extra: [],
      skipped: [],
      notes: [],
      at: "2026-01-01T00:00:00.000Z",
    }),
  );
  db.exec(`INSERT INTO job_events (job, at, kind, from_state, to_state, generation, detail)
    SELECT n, updated_at, kind, NULL, state, 1, '{}'
    FROM jobs, (SELECT 'enqueued' AS kind UNION ALL SELECT 'sealed' UNION ALL SELECT 'verified')`);
  // Reports and the trail over there have been told long ago: what is measured is the page.
  db.exec(`INSERT INTO cursors (name, seq)
    SELECT name, seq FROM (SELECT 'reports' AS name UNION ALL SELECT 'trail'),
      (SELECT max(seq) AS seq FROM job_events) WHERE true
    ON CONFLICT DO UPDATE SET seq = excluded.seq`);
  db.exec("COMMIT");
}
