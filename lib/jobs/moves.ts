/**
 * The one door by which a job moves. The machine says what a move is, the queue commits it in one
 * guarded UPDATE, and what the move asks for is performed: whoever moves a job, its record, its
 * destination's breaker and whoever watches hear of it.
 */
import { type Clock, LabferryError } from "../base/mod.ts";
import type { ClaimRequest, Job, NewJob, Queue, SealOptions, SealRound } from "../queue/mod.ts";
import type { MachineEvent } from "./event.ts";
import { next } from "./machine.ts";
import { type Effect, RECORD } from "./step.ts";

export interface JobMovesOptions {
  readonly queue: Queue;
  readonly clock: Clock;
  /** Performs what a move asks for, after its commit. What it throws reaches whoever moved the job. */
  readonly perform: (job: Job, effect: Effect) => Promise<void>;
  /** How a run stands, for who asked for what it cannot do. @default its state and hold */
  readonly words?: (job: Job) => string;
  /** Called after every move, when its effects were performed. */
  readonly onMoved: (job: Job) => void;
}

/** A move that is committed or about to be, with what has still to be done about it. */
interface Moved {
  readonly job: Job;
  readonly effects: readonly Effect[];
}

/** Takes one step inside a transaction. @throws {LabferryError} `job_moved`: it is rolled back */
export type TakeInside = (job: Job, event: MachineEvent) => Job;

/** What a person asked for, where the machine's word for it is another. */
const ASKED: Readonly<Partial<Record<MachineEvent["type"], string>>> = {
  hold: "cancel",
  retry: "try again",
  pin: "keep or give up its local copy",
};

/** A person's wish meets a job that a worker moves at the same moment; it is read again so often. */
const MOST_READINGS = 3;

/** Who asks for a move, as its event keeps it. */
export interface AskedBy {
  readonly by: string;
  readonly host?: string;
  readonly via?: string;
}

export class JobMoves {
  readonly #options: JobMovesOptions;

  constructor(options: JobMovesOptions) {
    this.#options = options;
  }

  /**
   * Takes the step of `event`.
   *
   * @throws {LabferryError} `job_moved` when the job is no longer where it was read: somebody
   * cancelled, paused or enqueued it anew, and whoever works on it is to stop
   */
  async take(job: Job, event: MachineEvent): Promise<Job> {
    const moved = this.#step(job, event);
    if (!moved) throw jobMoved(job, event);
    return await this.#settle(moved);
  }

  /** Takes the step if there is one from where the job is; null when not, and nothing is written. */
  async offer(job: Job, event: MachineEvent): Promise<Job | null> {
    const moved = this.#step(job, event);
    return moved && await this.#settle(moved);
  }

  /**
   * Takes the step for a person, whose name the timeline keeps; read again when it just moved.
   *
   * @throws {LabferryError} `wrong_state`
   */
  async ask(job: Job, event: MachineEvent, asker: AskedBy): Promise<Job> {
    let current = job;
    for (let reading = 0; reading < MOST_READINGS; reading++) {
      const moved = this.#step(current, event, { ...asker });
      if (moved) return await this.#settle(moved);
      current = this.#options.queue.jobs.byId(job.id) ?? current;
    }
    throw this.#wrongState(current, event);
  }

  /**
   * Several writes and steps as one: all are committed, then what the steps ask for is performed. With
   * `flush: false` a power cut may take them back; only for a step that asks for nothing.
   */
  async together<T>(
    work: (take: TakeInside) => T,
    options: { readonly flush?: boolean } = {},
  ): Promise<T> {
    const all: Moved[] = [];
    const result = this.#options.queue.together(() => {
      all.length = 0;
      return work((job, event) => {
        const moved = this.#step(job, event);
        if (!moved) throw jobMoved(job, event);
        all.push(moved);
        return moved.job;
      });
    }, options);
    const settled = await Promise.allSettled(all.map((moved) => this.#settle(moved)));
    for (const { status, ...outcome } of settled) {
      if (status === "rejected") throw (outcome as PromiseRejectedResult).reason;
    }
    return result;
  }

  /** Makes what the round has seen the next generation. @throws {LabferryError} as `SealRound.commit` */
  async seal(
    round: SealRound,
    { sourceFolder, ...options }: SealOptions & { readonly sourceFolder?: string | null },
  ): Promise<Job> {
    const sealed = await this.together((take) =>
      round.commit(options, (job, seal) =>
        take(job, {
          type: "sealed",
          seal,
          ...(sourceFolder === undefined ? {} : { sourceFolder }),
        }))
    );
    await round.finish();
    return sealed;
  }

  /**
   * Puts a run into the queue; one that is there already comes back as it is, and is not moved.
   * `first` is taken in the same stroke, so that nobody begins with a run that is to be held.
   */
  async enter(
    newJob: NewJob,
    first: (job: Job) => MachineEvent | null = () => null,
  ): Promise<{ readonly job: Job; readonly created: boolean }> {
    const { queue } = this.#options;
    const { job, created, effects } = queue.together(() => {
      const entered = queue.jobs.enqueue(newJob);
      const event = entered.created ? first(entered.job) : null;
      const moved = event && this.#step(entered.job, event);
      return { ...entered, effects: [RECORD], ...moved };
    });
    if (created) await this.#settle({ job, effects });
    return { job, created };
  }

  /**
   * Takes the next due job; it is `running` then. At once, so that whoever gives out work knows of
   * every running job without a gap.
   */
  claimNext(request: ClaimRequest): Job | null {
    const { queue } = this.#options;
    return queue.together(() => {
      const job = queue.claims.ready(request);
      return job && this.#takeAtOnce(job, { type: "claimed" });
    }, { flush: false });
  }

  /** After a start: what was running waits again, at its old place and without an attempt charged. */
  recover(): Job[] {
    const { queue } = this.#options;
    return queue.together(() => {
      queue.seals.forgetRounds();
      return [...queue.jobs.running()].map((job) => this.#takeAtOnce(job, { type: "recovered" }));
    });
  }

  #takeAtOnce(job: Job, event: MachineEvent): Job {
    const moved = this.#step(job, event);
    if (!moved) throw jobMoved(job, event);
    if (moved.effects.length > 0) throw new TypeError(`"${event.type}" asks for something`);
    this.#options.onMoved(moved.job);
    return moved.job;
  }

  #step(
    job: Job,
    event: MachineEvent,
    about: Readonly<Record<string, unknown>> = {},
  ): Moved | null {
    const { queue, clock } = this.#options;
    const step = next(job, event, clock.now());
    if (!step) return null;
    const detail = { ...step.event.detail, ...about };
    const moved = queue.together(() => {
      const moved = queue.jobs.transition(job, {
        change: step.change,
        event: { ...step.event, detail },
      });
      if (moved && step.effects.some(({ type }) => type === "record_pin")) {
        queue.owedPins.note(job.id);
      }
      return moved;
    });
    return moved && { job: moved, effects: step.effects };
  }

  /** Every effect is performed, also after one that failed; then the failures are thrown. */
  async #settle({ job, effects }: Moved): Promise<Job> {
    const failures: unknown[] = [];
    for (const effect of effects) {
      try {
        await this.#options.perform(job, effect);
      } catch (error) {
        failures.push(error);
      }
    }
    this.#options.onMoved(job);
    if (failures.length > 1) throw new AggregateError(failures, "effects of a move failed");
    if (failures.length === 1) throw failures[0];
    return job;
  }

  #wrongState(job: Job, event: MachineEvent): LabferryError {
    const { words = inStates } = this.#options;
    return new LabferryError(
      "wrong_state",
      `The run cannot be asked to ${ASKED[event.type] ?? event.type} now`,
      {
        path: job.runPath,
        why: `its state is “${words(job)}”`,
        hint: `labferry history ${job.id.slice(0, 8)} tells how it came there`,
      },
    );
  }
}

function inStates({ state, hold }: Job): string {
  return hold === null ? state : `${state} and held (${hold})`;
}

export function jobMoved(job: Job, event: MachineEvent): LabferryError {
  return new LabferryError("job_moved", "The run was moved by somebody else meanwhile", {
    path: job.runPath,
    why: `it is not ${job.state} any more, so it cannot take the step "${event.type}"`,
    hint: `labferry history ${job.id.slice(0, 8)} tells by whom`,
  });
}
