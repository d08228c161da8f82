/**
 * Questions to whoever sits at the terminal, on stderr: stdout is for results. The runtime's `prompt`
 * holds the whole process while it waits, Ctrl-C included; here a line is waited for like anything else.
 */
import { decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import type { CliContext } from "./context.ts";

export interface Question {
  readonly text: string;
  /** For an empty answer. */
  readonly otherwise?: string;
  /** Returns the answer, or throws a LabferryError: then it is said, and the question asked again. */
  readonly check?: (answer: string) => string;
}

export type Ask = (question: Question) => Promise<string>;

/** Nobody answers so often. */
const MOST_TRIES = 20;

export function questions(
  { signal }: Pick<CliContext, "signal">,
): { readonly ask: Ask } & AsyncDisposable {
  const lines = linesOf(Deno.stdin.readable.getReader(), signal);
  const say = (text: string) => Deno.stderr.writeSync(encodeUtf8(text));
  const ask = async ({ text, otherwise, check = (answer) => answer }: Question) => {
    for (let i = 0; i < MOST_TRIES; i++) {
      say(otherwise === undefined ? `${text}: ` : `${text} [${otherwise}]: `);
      const { value, done } = await lines.next();
      if (done) throw unanswered(text);
      const answer = value.trim() || otherwise;
      if (answer === undefined) continue;
      try {
        return check(answer);
      } catch (error) {
        if (!(error instanceof LabferryError)) throw error;
        say(`  ${error.message}\n`);
      }
    }
    throw unanswered(text);
  };
  return { ask, [Symbol.asyncDispose]: async () => void await lines.return(undefined) };
}

async function* linesOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  // Whoever waits for a key that nobody presses is let go by Ctrl-C.
  const onAbort = () => void reader.cancel(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      rest += decodeUtf8(value);
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        yield line.replace(/\r$/, "");
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    await reader.cancel();
  }
}

function unanswered(text: string): LabferryError {
  return new LabferryError("usage", "a question was not answered", {
    why: text,
    hint: "give everything by flags: labferry config init --help",
  });
}
