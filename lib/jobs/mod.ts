/**
 * jobs: how a run's job may move. The machine (`machine.ts`) is pure; `failure_class.ts` and
 * `backoff.ts` decide what a failure means and when it is tried again.
 *
 * Terms. **Event**: what happened to a job. **Step**: what the machine makes of it: the change of
 * the row, the line of the timeline, and the effects that others have to perform.
 */
export { backoffMs, MAX_ATTEMPTS, probeDelayMs } from "./backoff.ts";
export { type FailureClass, failureClassOf } from "./failure_class.ts";
export {
  DIAGRAM,
  type Effect,
  type Failure,
  type MachineEvent,
  next,
  type Step,
} from "./machine.ts";
