/** Looks at everything, a few things at a time, and waits for none of them longer than it was told. */
import { LabferryError, messageOf } from "../base/mod.ts";
import { CHECKS } from "./checks/mod.ts";
import { fault, faultOf, type Line, type Said } from "./line.ts";
import type { Check, Patient, Subject } from "./patient.ts";

/** So many subjects are looked at side by side: those that hang keep nobody else waiting for long. */
const SIDE_BY_SIDE = 8;
/** What was given up may still tidy up behind itself, and end its tools. */
const WIND_DOWN_MS = 6_000;

export interface Examined {
  /** In the order of the checks. */
  readonly lines: readonly Line[];
  /** Something did not even end when it was told to: it keeps this process alive, which has to exit. */
  readonly hangs: boolean;
}

export async function examine(patient: Patient, signal: AbortSignal): Promise<Examined> {
  const tasks = CHECKS.flatMap((check) => tasksOf(check, patient));
  const answers: Line[][] = [];
  const left = new Set<Promise<unknown>>();
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < tasks.length; at = next++) {
      signal.throwIfAborted();
      answers[at] = await tasks[at]!({ signal, left });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  await settled(left, WIND_DOWN_MS);
  return { lines: answers.flat(), hangs: left.size > 0 };
}

interface Surroundings {
  readonly signal: AbortSignal;
  /** What was given up and has not ended. */
  readonly left: Set<Promise<unknown>>;
}

type Task = (surroundings: Surroundings) => Promise<Line[]>;

function tasksOf<Facts>(check: Check<Facts>, patient: Patient): Task[] {
  return check.subjects(patient).map((subject) => async (surroundings) => {
    const said = await lookedAt(subject, { ...surroundings, check, waitMs: patient.waitMs });
    return said.map((one) => ({ check: check.name, about: subject.about, ...one }));
  });
}

async function lookedAt<Facts>(
  subject: Subject<Facts>,
  { signal, left, check, waitMs }: Surroundings & {
    readonly check: Check<Facts>;
    readonly waitMs: number;
  },
): Promise<readonly Said[]> {
  const limitMs = subject.limitMs ?? waitMs;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException("too late", "AbortError")), limitMs);
  const both = AbortSignal.any([signal, late.signal]);
  const work = subject.gather(both);
  try {
    return check.judge(await orAborted(work, both));
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted) {
      giveUp(work, left);
      return [tooLate(limitMs)];
    }
    if (error instanceof LabferryError) return [faultOf(error, "look at what it names")];
    return [fault({
      code: "internal",
      message: messageOf(error),
      hint: "this is a fault in labferry; report it with the output of labferry doctor --json",
    })];
  } finally {
    clearTimeout(timer);
  }
}

function giveUp(work: Promise<unknown>, left: Set<Promise<unknown>>): void {
  left.add(work);
  const gone = () => left.delete(work);
  work.then(gone, gone);
}

function tooLate(limitMs: number): Said {
  return fault({
    code: "no_answer",
    message: `it did not answer within ${limitMs / 1000} s`,
    hint: "see whether the disk, the share or the server is up and reachable from this computer",
  });
}

/** `work`, or the signal's reason, also where `work` does not heed it. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function settled(works: ReadonlySet<Promise<unknown>>, limitMs: number): Promise<void> {
  if (works.size === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([Promise.allSettled(works), promise]);
  clearTimeout(timer);
  // Those that ended have left the set in a turn of their own.
  await Promise.resolve();
}
