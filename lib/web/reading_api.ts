/**
 * `/api/v1`: what the pages say beside the lists, so that whatever a person reads there a script can ask
 * for: the answer and the instruments, a run's way, which local copies may go when.
 */
import { Hono } from "hono";
import type { z } from "zod";
import type { HomeView, LaneView, PageReading, RoomView, RunDetail } from "../control/mod.ts";
import { described } from "./asked.ts";
import { copiesShape, detailShape, filtersShape, homeShape } from "./schemas/reading.ts";

export function createReadingApi(reading: PageReading): Hono {
  const api = new Hono();
  api.get(
    "/home",
    described("What the first page says: the answer, each instrument, runs by what they come to", {
      shape: homeShape,
    }),
    async (c) => c.json(homeAnswer(await reading.home())),
  );
  api.get(
    "/filters",
    described("What runs can be filtered by: instruments, and projects, capped", {
      shape: filtersShape,
    }),
    async (c) => c.json(await reading.filters()),
  );
  api.get(
    "/jobs/:id/detail",
    described("A run as its page shows it: its way, generations, passes, why it is still here", {
      shape: detailShape,
    }),
    async (c) => c.json(detailAnswer(await reading.run(c.req.param("id")))),
  );
  api.get(
    "/copies",
    described("Local copies: which may go when, which a person keeps, which went", {
      shape: copiesShape,
    }),
    async (c) => c.json(copiesAnswer(await reading.room())),
  );
  return api;
}

/** What an answer of that shape holds; what is only read may be handed out as it is. */
type Shown<T extends z.ZodType> = DeepReadonly<z.input<T>>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

function homeAnswer({ answer, counts, lanes, mayRetry }: HomeView): Shown<typeof homeShape> {
  const { tone, words, more, next } = answer;
  return {
    answer: { tone, words, more, next },
    outcomes: counts,
    lanes: lanes.map(laneAnswer),
    may_retry: mayRetry,
  };
}

function laneAnswer(lane: LaneView): Shown<typeof homeShape>["lanes"][number] {
  const { equipmentId, label, tone, doing, work, destination, trouble, disk } = lane;
  return {
    equipment_id: equipmentId,
    label,
    tone,
    doing,
    work: work && { job_id: work.jobId, name: work.name, progress: work.progress },
    destination,
    trouble,
    disk,
    heard_at: lane.heardAt,
    paused: lane.isPaused,
    attention: lane.attention,
    waiting: lane.waiting,
  };
}

function detailAnswer(detail: RunDetail): Shown<typeof detailShape> {
  const { job, names, way, custody, isLooking, progress, session, checkByHand } = detail;
  return {
    job,
    name: names.name,
    project: names.project,
    is_test: names.isTest,
    way,
    custody,
    is_looking: isLooking,
    progress,
    generations: detail.generations.map((one) => ({
      generation: one.generation,
      reason: one.reason,
      sealed_by: one.sealedBy,
      sealed_at: one.sealedAt,
      files: one.files,
      bytes: one.bytes,
      evidence: one.evidence,
    })),
    passes: detail.passes.map((pass) => ({
      generation: pass.generation,
      far_path: pass.farDir,
      started_at: pass.startedAt,
      ended_at: pass.endedAt,
      strength: pass.strength,
      matched: pass.matched,
      mismatched: pass.mismatched,
      missing: pass.missing,
      extra: pass.extra,
      notes: pass.notes,
      outcome: pass.outcome,
    })),
    session,
    check_by_hand: checkByHand,
  };
}

function copiesAnswer({ enabled, proven, pinned, went }: RoomView): Shown<typeof copiesShape> {
  return {
    enabled,
    proven: proven.map(({ job, from, waitsFor }) => ({ job, from, waits_for: waitsFor })),
    pinned,
    went,
  };
}
