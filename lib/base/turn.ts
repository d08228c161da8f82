/** Letting others have the thread: timers, requests and signals wait for whoever works without a pause. */
import { setImmediate } from "node:timers";

/** Goes on in the event loop's next turn. A timer of 0 ms would take 2 ms each time. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(() => resolve()));
}
