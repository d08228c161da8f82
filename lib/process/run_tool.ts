/** Running an outside program from start to end, with its outcome as a value. */
import { drain, StderrSink, StdoutSink } from "./output.ts";
import { stopGroup, type Stopped } from "./process_group.ts";
import { isStarterRefusal, type Starting, startingOf, startTool } from "./start_tool.ts";
import type { ToolOutcome, ToolRun } from "./tool_run.ts";

const DEFAULT_GRACE_MS = 5_000;
/** A tool's own background helper (ssh's master) may hold its pipes open after its end. */
const DRAIN_AFTER_EXIT_MS = 1_000;

/** Why we ended it. */
type Reason = { kind: "cancelled" | "timed_out" } | { kind: "failed"; error: unknown };

/**
 * Runs a tool and returns what became of it. A missing program, a bad exit code, a death by signal,
 * a cancellation and a timeout are outcomes, not errors. Its output is always read; what a callback
 * throws ends the tool and is thrown on.
 *
 * @throws LabferryError `output_too_large`, `not_found` (the working folder), `permission_denied`
 */
export async function runTool(run: ToolRun): Promise<ToolOutcome> {
  const starting = startingOf(run);
  const outcome = await runOnce(run, starting);
  // Nothing ran. The system itself says it exactly, or can start it by now.
  return isStarterRefusal(outcome, starting) && !(run.stdin instanceof ReadableStream)
    ? await runOnce(run, { by: "fork" })
    : outcome;
}

async function runOnce(run: ToolRun, starting: Starting): Promise<ToolOutcome> {
  if (run.signal?.aborted) return { kind: "cancelled", forced: false, stderrTail: "" };
  const child = await startTool(run, starting);
  if (child === null) return { kind: "not_found", command: run.command };
  const stdout = new StdoutSink(run);
  const stderr = new StderrSink(run.onStderrLine);
  const ending = Promise.withResolvers<Reason>();
  const fail = (error: unknown) => ending.resolve({ kind: "failed", error });
  using _limits = watchLimits(run, (kind) => ending.resolve({ kind }));
  const noMore = new AbortController();
  // An input that has no end of its own ends with who reads it.
  const unread = new AbortController();
  const drained = Promise.all([
    drain(child.stdout, { sink: stdout, stop: noMore.signal }),
    drain(child.stderr, { sink: stderr, stop: noMore.signal }),
    feed(child, { input: run.stdin, stop: AbortSignal.any([noMore.signal, unread.signal]) }),
  ]);
  drained.catch(fail);
  const finished = child.status.then(async (status) => {
    unread.abort();
    await withinMs(drained, DRAIN_AFTER_EXIT_MS);
    return status;
  });
  finished.catch(fail);
  try {
    const first = await Promise.race([finished, ending.promise]);
    if (!("kind" in first)) {
      return {
        kind: "exited",
        code: first.code,
        signal: first.signal,
        stdout: stdout.text,
        stdoutBytes: stdout.bytes,
        stderrTail: stderr.tail,
        stderrUnheardBytes: stderr.bytesUnheard,
      };
    }
    const { forced } = await stop(child, run);
    // Its last words are worth a moment; what a callback makes of them no longer matters.
    await withinMs(Promise.allSettled([drained]), DRAIN_AFTER_EXIT_MS);
    if (first.kind === "failed") throw first.error;
    return { kind: first.kind, forced, stderrTail: stderr.tail };
  } finally {
    noMore.abort();
  }
}

function watchLimits(run: ToolRun, onLimit: (kind: "cancelled" | "timed_out") => void): Disposable {
  const onAbort = () => onLimit("cancelled");
  run.signal?.addEventListener("abort", onAbort, { once: true });
  const timer = run.timeoutMs === undefined
    ? undefined
    : setTimeout(() => onLimit("timed_out"), run.timeoutMs);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      run.signal?.removeEventListener("abort", onAbort);
    },
  };
}

async function feed(
  child: Deno.ChildProcess,
  { input, stop }: { readonly input: ToolRun["stdin"]; readonly stop: AbortSignal },
): Promise<void> {
  if (input === undefined) return;
  const source = input instanceof Uint8Array ? ReadableStream.from([input]) : input;
  try {
    await source.pipeTo(child.stdin, { signal: stop });
  } catch (error) {
    // A tool may end, or close its input, before it has read everything: its exit code tells why.
    const closed = error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionReset || stop.aborted;
    if (!closed) throw error;
  }
}

async function stop(child: Deno.ChildProcess, run: ToolRun): Promise<Stopped> {
  const stopped = await stopGroup(child, { graceMs: run.graceMs ?? DEFAULT_GRACE_MS });
  // A process that outlives SIGKILL (dead disk) must not keep this program alive.
  child.unref();
  return stopped;
}

/** Waits for `work`, but no longer than `limitMs`. */
async function withinMs(work: Promise<unknown>, limitMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, limitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
