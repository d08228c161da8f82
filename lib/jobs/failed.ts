/** What a failure does to a job: by its class it waits, is charged, or needs a person. */
import type { Job, JobChange, JobError } from "../queue/mod.ts";
import { backoffMs, MAX_ATTEMPTS } from "./backoff.ts";
import type { Failure } from "./event.ts";
import { type FailureClass, failureClassOf } from "./failure_class.ts";
import { from, RECORD, type Step, step } from "./step.ts";

export function failed(
  job: Job,
  { error, random }: { error: Failure; random: number },
  at: Date,
): Step | null {
  if (!from(job, ["queued", "running", "awaiting_verify"])) return null;
  const kind: FailureClass = failureClassOf(error.code);
  const lastError = errorOf(error);
  const detail = { ...error };
  switch (kind) {
    case "destination":
      return step({ ...backToWork(job), lastError }, "destination_lost", detail, [{
        type: "open_breaker",
        error,
      }]);
    case "again":
      return step(
        { ...backToWork(job), lastError, nextAttemptAt: later(at, AGAIN_MS) },
        "put_back",
        detail,
      );
    case "retry": {
      const attempts = job.attempts + 1;
      if (attempts >= MAX_ATTEMPTS) return givenUp({ attempts }, error, detail);
      const nextAttemptAt = later(at, backoffMs(attempts, random));
      return step({ state: "queued", attempts, lastError, nextAttemptAt }, "attempt_failed", {
        ...detail,
        attempts,
      });
    }
    case "terminal":
      return givenUp({ attempts: job.attempts + 1 }, error, detail);
  }
}

/** What the job keeps of a failure; the timeline has all of it. */
export function errorOf({ code, message, hint }: Failure): JobError {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Waits before something local (a full disk, a run that is still changing) is tried again. */
const AGAIN_MS = 30_000;

/** A verification that could not be made is made again; a push that stopped goes back to the queue. */
export function backToWork(job: Job): JobChange {
  return job.state === "awaiting_verify" ? {} : { state: "queued" };
}

export function givenUp(
  more: JobChange,
  error: Failure,
  detail: Readonly<Record<string, unknown>>,
): Step {
  return step(
    {
      ...more,
      state: "failed",
      lastError: errorOf(error),
      nextAttemptAt: null,
      hold: null,
      holdReason: null,
    },
    "failed",
    detail,
    [RECORD, { type: "tell", event: "failed", message: error.message }],
  );
}

function later(at: Date, ms: number): string {
  return new Date(at.getTime() + ms).toISOString();
}
