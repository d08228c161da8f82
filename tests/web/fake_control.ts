/** A `Control` that answers from memory and notes what it was asked to change. */
import { LabferryError } from "../../lib/base/mod.ts";
import type {
  Control,
  CustodyView,
  EventView,
  JobView,
  StatusView,
} from "../../lib/control/mod.ts";

export interface FakeControl extends Control {
  readonly changes: string[];
  jobsNow: JobView[];
  statusNow: Partial<StatusView>;
}

export function fakeControl(jobs: JobView[] = []): FakeControl {
  const changes: string[] = [];
  const control: FakeControl = {
    changes,
    jobsNow: jobs,
    statusNow: {},
    status: () => Promise.resolve(statusOf(control.jobsNow, control.statusNow)),
    jobs({ states, after, limit = 1000 }) {
      const fitting = control.jobsNow.filter((job) => states?.includes(job.state) ?? true);
      const from = after === undefined ? 0 : fitting.findIndex(({ id }) => id === after) + 1;
      return Promise.resolve(fitting.slice(from, from + limit));
    },
    job: (ref) => Promise.resolve(find(control, ref)),
    history: (ref) => Promise.resolve(find(control, ref) && [ENQUEUED]),
    complete: (run) =>
      changed(`complete ${run}`, { job: null, created: false, settle_seconds: 30 }),
    acquiring: (run) =>
      Promise.reject(
        new LabferryError("unknown_run", `${run} was not seen`, { hint: "look again" }),
      ),
    dismiss: (run) =>
      changed(`dismiss ${run}`, {
        run_path: run,
        data_path: run,
        equipment_id: "PLATE_01",
        phase: "odd",
        since: "2026-04-17T14:00:00.000Z",
        changed_at: "2026-04-17T14:00:00.000Z",
        files: 1,
        bytes: 5,
        waits_for: "stalled",
        dismissed: { by: "rosa", at: "2026-04-27T14:00:00.000Z" },
        existing: false,
        ahead: null,
      }),
    enqueue: (run) => changed(`enqueue ${run}`, { job: jobOf({ run_path: run }), created: true }),
    retry: (ref, { acceptMissing } = {}) =>
      changed(
        acceptMissing
          ? `retry ${ref} without what ${acceptMissing.operator} gave up`
          : `retry ${ref}`,
        find(control, ref),
      ),
    retryAll: () => changed("retryAll", { jobs: [], skipped: [] }),
    cancel: (ref) => changed(`cancel ${ref}`, find(control, ref)),
    verify: (ref) => changed(`verify ${ref}`, find(control, ref)),
    pin: (ref, pinned) => changed(`pin ${ref} ${pinned}`, find(control, ref)),
    destinationMoved: (equipment) => changed(`moved ${equipment}`, { runs: 2 }),
    why: (ref) => Promise.resolve(custodyOf(find(control, ref))),
    clean: (ref) =>
      changed(`clean ${ref}`, {
        job: find(control, ref),
        outcome: "kept",
        reason: "a person keeps it",
        files: 0,
        bytes: 0,
      }),
    sessions: () => Promise.resolve([]),
    staged: () => Promise.resolve([]),
    clearStaged: (ref) =>
      changed(`clear ${ref}`, {
        job: find(control, ref),
        outcome: "kept",
        reason: "a person keeps it",
        files: 0,
        bytes: 0,
      }),
    restore: (ref, { to, only } = {}) =>
      changed(`restore ${ref}${to ? ` to ${to}` : ""}${only ? ` only ${only}` : ""}`, {
        job: find(control, ref),
        to: to ?? find(control, ref).run_path,
        files: 3,
        bytes: 3_000_000,
        already_here: { files: 0, bytes: 0 },
        different: { count: 0, names: [] },
        missing: { count: 0, names: [] },
        damaged: { count: 0, names: [] },
        records: 0,
      }),
    deletable: () => Promise.resolve(control.jobsNow.map(custodyOf)),
    pause: (scope) => changed(`pause ${scope}`, undefined),
    resume: (scope) => changed(`resume ${scope}`, undefined),
  };
  const changed = <T>(what: string, answer: T): Promise<T> => {
    changes.push(what);
    return Promise.resolve(answer);
  };
  return control;
}

function custodyOf(job: JobView): CustodyView {
  return {
    job,
    enabled: true,
    may_go: false,
    deletable_from: "2026-11-21T20:18:00.000Z",
    reason: "it has to be proven for 24 h",
    interlocks: [],
    next_pass_at: null,
    observed_hours: 7.5,
    local: { files: job.files, bytes: job.bytes },
  };
}

const ENQUEUED: EventView = {
  seq: 1,
  at: "2026-11-20T20:18:00.000Z",
  kind: "enqueued",
  from_state: null,
  to_state: "queued",
  generation: 1,
  detail: {},
};

function find(control: FakeControl, ref: string): JobView {
  const job = control.jobsNow.find(({ id, run_path }) => id === ref || run_path === ref);
  if (job) return job;
  throw new LabferryError("unknown_run", `${ref} is not in the queue`, { hint: "look again" });
}

export function statusOf(jobs: readonly JobView[], more: Partial<StatusView> = {}): StatusView {
  const counts: Record<string, number> = {};
  for (const { state } of jobs) counts[state] = (counts[state] ?? 0) + 1;
  return {
    daemon: null,
    counts,
    held: [],
    not_proven:
      jobs.filter((job) => job.state === "cleaned" && job.verify_passes === 0 && job.alarm === null)
        .length,
    alarmed: jobs.filter((job) => job.alarm !== null).length,
    handed_over: jobs.filter((job) => job.handed_over).length,
    destinations: [],
    acquiring: [],
    not_looked_after: [],
    roots: [],
    queue_fault: null,
    overdue_passes: { runs: 0, since: null },
    broken_trails: [],
    sessions: [],
    storage: [],
    paused: [],
    pauses: [],
    yielding: null,
    jobs,
    jobs_total: jobs.length,
    ...more,
  };
}

export function jobOf(about: Partial<JobView> = {}): JobView {
  return {
    id: "0b7f7c2e-0000-4000-8000-000000000001",
    run_path: "/data/lab/FLOW_01/Panel/Runs/Run_2026-11-20T20-18",
    data_path: about.run_path ?? "/data/lab/FLOW_01/Panel/Runs/Run_2026-11-20T20-18",
    equipment_id: "FLOW_01",
    state: "verified",
    destination: "/mnt/nas/lab/FLOW_01",
    far_path: "Panel/Runs/Run_2026-11-20T20-18",
    files: 3,
    bytes: 3_000_000,
    hold: null,
    hold_reason: null,
    hold_hint: null,
    generation: 1,
    attempts: 0,
    verify_passes: 1,
    verified_at: "2026-11-20T20:19:00.000Z",
    enqueued_at: "2026-11-20T20:18:00.000Z",
    next_attempt_at: null,
    last_error: null,
    pinned: false,
    alarm: null,
    handed_over: false,
    verification: {
      strength: "read_back",
      matched: 3,
      mismatched: [],
      missing: [],
      extra: [],
      skipped: [],
      notes: [],
    },
    ...about,
  };
}

/** An id of its own for each `i` below 10. */
export function uuidOf(i: number): string {
  return `0b7f7c2e-0000-4000-8000-00000000000${i}`;
}
