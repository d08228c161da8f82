/**
 * Twelve weeks of runs that are made up: rows of the queue as a service would have left them, all let go
 * here since. Nothing of them lies anywhere; nothing looks at them before the pictures are drawn.
 */
import { DatabaseSync } from "node:sqlite";

const DAYS = 84;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface HistoryOf {
  readonly data: string;
  readonly nas: string;
  readonly equipment: readonly { readonly id: string }[];
}

/** Each time the same: pictures that differ show a change of the page. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

interface Lot {
  readonly project: string;
  readonly mostRuns: number;
  readonly files: number;
  readonly bytes: number;
}

/** What an instrument makes on a day. */
const LOTS: Readonly<Record<string, Lot>> = {
  CONFOCAL_01: { project: "Cortex Q3", mostRuns: 3, files: 480, bytes: 38e9 },
  FLOW_01: { project: "Immune Panel 7", mostRuns: 5, files: 24, bytes: 1.9e9 },
  PLATE_01: { project: "Dose Response", mostRuns: 8, files: 6, bytes: 4e6 },
};

export function fillHistory(queueFile: string, { data, nas, equipment }: HistoryOf): void {
  using db = new DatabaseSync(queueFile);
  const add = statements(db);
  const random = seeded(7);
  const today = new Date();
  db.exec("BEGIN");
  for (let ago = DAYS; ago >= 0; ago--) {
    const morning = new Date(today.getFullYear(), today.getMonth(), today.getDate() - ago, 8);
    const isWeekend = morning.getDay() % 6 === 0;
    for (const { id } of equipment) {
      const lot = LOTS[id]!;
      const runs = Math.floor(random() * (lot.mostRuns + 1) * (isWeekend ? 0.35 : 1));
      for (let nth = 0; nth < runs; nth++) {
        const atMs = morning.getTime() + random() * 0.45 * DAY_MS;
        const bytes = Math.round(lot.bytes * (0.4 + random()));
        if (atMs > today.getTime() - 30 * MINUTE_MS) continue;
        add({ id, lot, atMs, bytes, data, nas, sendMs: bytes / 90_000 + random() * MINUTE_MS });
      }
    }
  }
  // What was told of them long ago is told.
  db.exec(`INSERT INTO cursors (name, seq)
    SELECT name, seq FROM (SELECT 'reports' AS name UNION ALL SELECT 'trail'),
      (SELECT max(seq) AS seq FROM job_events) WHERE true
    ON CONFLICT DO UPDATE SET seq = excluded.seq`);
  db.exec("COMMIT");
}

interface MadeRun {
  readonly id: string;
  readonly lot: Lot;
  readonly atMs: number;
  readonly bytes: number;
  readonly sendMs: number;
  readonly data: string;
  readonly nas: string;
}

function statements(db: DatabaseSync): (run: MadeRun) => void {
  const job = db.prepare(`INSERT INTO jobs (id, run_path, equipment_id, destination, far_dir, state,
      generation, sealed_at, files, bytes, attempts, resent, prepared_generation, verify_passes,
      verified_at, enqueued_ms, next_attempt_at, verification, deletion_started_at, pinned, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, 'cleaned', 1, ?6, ?7, ?8, 0, 0, 1, 2, ?9, ?10, ?11, ?12, ?9, 0, ?9)
    RETURNING n`);
  const generation = db.prepare(
    "INSERT INTO generations VALUES (?, 1, 'sealed', 'labferry', ?, ?, ?, '{}')",
  );
  const event = db.prepare(`INSERT INTO job_events
    (job, at, kind, from_state, to_state, generation, detail) VALUES (?, ?, ?, ?, ?, 1, ?)`);
  return ({ id, lot, atMs, bytes, sendMs, data, nas }) => {
    const at = (laterMs: number) => new Date(atMs + laterMs).toISOString();
    const safeAt = at(sendMs * 1.2 + 4_000);
    const leaf = `Run_${at(0).slice(0, 13)}-${at(0).slice(14, 16)}-${at(0).slice(17, 19)}`;
    const farDir = `${lot.project}/Runs/${leaf}`;
    const soon = new Date(Date.now() + 60 * DAY_MS).toISOString();
    const proof = { ...PROOF, matched: lot.files, at: safeAt };
    const { n } = job.get(
      crypto.randomUUID(),
      `${data}/${id}/${farDir}`,
      id,
      `${nas}/${id}`,
      farDir,
      at(0),
      lot.files,
      bytes,
      safeAt,
      Math.round(atMs),
      soon,
      JSON.stringify(proof),
    ) as { n: number };
    generation.run(n, at(0), lot.files, bytes);
    const way: [number, string, string | null, string, object][] = [
      [0, "enqueued", null, "queued", {}],
      [1_000, "claimed", "queued", "running", {}],
      [sendMs, "pushed", "running", "awaiting_verify", { bytes }],
      [sendMs * 1.2 + 4_000, "verified", "awaiting_verify", "verified", {}],
      [sendMs * 1.2 + 5_000, "cleaned", "cleanup_eligible", "cleaned", { bytes }],
    ];
    for (const [laterMs, kind, from, to, detail] of way) {
      event.run(n, at(laterMs), kind, from, to, JSON.stringify(detail));
    }
  };
}

const PROOF = {
  strength: "read_back",
  mismatched: [],
  missing: [],
  extra: [],
  skipped: [],
  notes: [],
};
