/**
 * jobs: how a run's job may move, and the one door by which it does. For everything that moves runs:
 * deliveries, the dispatcher, the gate, people, and what lets local copies go.
 *
 * Invariants. Every change of a job's state, hold, attempts or due is a step of the pure machine
 * (`machine.ts`), committed by `JobMoves` in one guarded UPDATE; what a step asks for is performed
 * after its commit, and never dropped. What a failure means, and when it is tried again, stands in
 * `failure_class.ts` and `backoff.ts`.
 *
 * Terms. **Event**: what happened to a job. **Step**: what the machine makes of it: the change of
 * the row, the line of the timeline, and its effects. **Effect**: what has to follow elsewhere.
 */
export { backoffMs, MAX_ATTEMPTS, probeDelayMs } from "./backoff.ts";
export { type FailureClass, failureClassOf } from "./failure_class.ts";
export type { Failure, Freed, MachineEvent } from "./event.ts";
export { DIAGRAM, next } from "./machine.ts";
export { isProven } from "./proven.ts";
export type { Effect, Step } from "./step.ts";
export { jobMoved, JobMoves, type JobMovesOptions, type TakeInside } from "./moves.ts";
