/**
 * Letting others have the thread: timers, requests and signals wait for whoever works without a pause.
 *
 * A turn of the event loop alone lets no request in. The runtime asks the system what has arrived on
 * its sockets only when nothing is left to do, or after 61 turns: with three pieces of work that each
 * gave way every 5 ms a request waited for 4 to 6 seconds, and so did a service that took up a
 * thousand runs at once. So every few milliseconds all who work wait together, until the runtime has
 * nothing left to do and asks.
 */
import { setImmediate } from "node:timers";

/** Work goes on for so long before the sockets are asked again; asking costs about 0.1 ms. */
const ASKED_EVERY_MS = 4;
/** The runtime's threads may all be held up, by a share that hangs: then a timer has to do. */
const AT_MOST_MS = 5;
const NOTHING = new Uint8Array();

let hasRequests = false;
let pause: Promise<void> | null = null;
let askedAtMs = performance.now();

/** Of a process that serves requests: from now on whoever gives way lets them in. */
export function letRequestsIn(): void {
  hasRequests = true;
}

/**
 * Goes on in the event loop's next turn, and every few milliseconds after what has arrived. Where nothing
 * is served no real time decides who goes on first: a simulated life is the same each time.
 */
export function turn(): Promise<void> {
  if (!hasRequests) return nextTurn();
  if (pause) return pause;
  if (performance.now() - askedAtMs < ASKED_EVERY_MS) return nextTurn();
  return pause = letIn().finally(() => {
    pause = null;
    askedAtMs = performance.now();
  });
}

/** The next turn and no more. A timer of 0 ms would take 2 ms each time. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(() => resolve()));
}

/** Whoever else works comes to its own `turn` first; then only another thread's answer is awaited. */
async function letIn(): Promise<void> {
  await nextTurn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, AT_MOST_MS));
  try {
    await Promise.race([crypto.subtle.digest("SHA-1", NOTHING), late]);
  } finally {
    clearTimeout(timer);
  }
}
