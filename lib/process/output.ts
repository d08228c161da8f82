/** What a tool writes: drained always, so that it never waits for us, and kept within bounds. */
import { LabferryError } from "../base/mod.ts";
import { joinBytes, LineSplitter } from "./line_splitter.ts";
import { TalkBudget } from "./talk_budget.ts";
import type { ToolRun } from "./tool_run.ts";

const MAX_STDOUT_BYTES = 64 * 1024 * 1024;
const MAX_TAIL_CHARACTERS = 8 * 1024;
/** Cutting only every so often keeps the work linear in what a tool says. */
const TAIL_SLACK_CHARACTERS = 64 * 1024;

/** Takes the pieces of one stream. */
export interface Sink {
  take(bytes: Uint8Array): void | Promise<void>;
  end(): void;
}

/** Collects standard output as `run` asks for it. */
export class StdoutSink implements Sink {
  readonly #run: ToolRun;
  readonly #mode: NonNullable<ToolRun["stdout"]>;
  readonly #lines: LineSplitter;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(run: ToolRun) {
    this.#run = run;
    this.#mode = run.stdout ??
      (run.onStdoutLine ? "lines" : run.onStdoutChunk ? "chunks" : "text");
    this.#lines = new LineSplitter((line) => run.onStdoutLine?.(line));
  }

  take(bytes: Uint8Array): void | Promise<void> {
    if (this.#mode === "lines") return this.#lines.push(bytes);
    if (this.#mode === "chunks") return this.#run.onStdoutChunk?.(bytes);
    if (this.#mode !== "discard") this.#keep(bytes);
  }

  end(): void {
    this.#lines.end();
  }

  get text(): string {
    return this.#mode === "text" ? new TextDecoder().decode(this.#whole()) : "";
  }

  get bytes(): Uint8Array {
    return this.#mode === "bytes" ? this.#whole() : new Uint8Array();
  }

  #keep(bytes: Uint8Array): void {
    const most = this.#run.maxStdoutBytes ?? MAX_STDOUT_BYTES;
    this.#bytes += bytes.length;
    // Half an answer could be taken for a whole one, so it is none.
    if (this.#bytes > most) {
      throw new LabferryError("output_too_large", `${this.#run.command} wrote too much`, {
        why: `more than the ${most} bytes that are kept`,
      });
    }
    this.#pieces.push(bytes);
  }

  #whole(): Uint8Array {
    return joinBytes(this.#pieces, this.#bytes);
  }
}

/**
 * Keeps the last lines of error output and hands each on. Of a flood (`TalkBudget`) the middle is
 * neither decoded nor handed on: `bytesUnheard` says how much that was.
 */
export class StderrSink implements Sink {
  readonly #lines: LineSplitter;
  readonly #budget: TalkBudget;
  #tail = "";
  #bytesUnheard = 0;
  /** The end of what was not handed on. */
  #held: Uint8Array | null = null;

  constructor(onLine: ((line: string) => void) | undefined, budget = new TalkBudget()) {
    this.#budget = budget;
    this.#lines = new LineSplitter((line) => {
      this.#tail += `${line}\n`;
      if (this.#tail.length > TAIL_SLACK_CHARACTERS) this.#tail = lastCharacters(this.#tail);
      onLine?.(line);
    });
  }

  take(bytes: Uint8Array): void {
    if (this.#budget.allows(bytes.length)) {
      this.#handHeld();
      this.#lines.push(bytes);
      return;
    }
    this.#bytesUnheard += bytes.length;
    this.#held = lastBytes(this.#held, bytes);
  }

  end(): void {
    this.#handHeld();
    this.#lines.end();
  }

  /** Without its last newline. */
  get tail(): string {
    return lastCharacters(this.#tail).replace(/\n$/, "");
  }

  get bytesUnheard(): number {
    return this.#bytesUnheard;
  }

  #handHeld(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    // What came before it is missing: it must not be glued to another line's beginning.
    this.#lines.push(LINE_END);
    this.#lines.push(held);
  }
}

const LINE_END = Uint8Array.of(0x0a);

function lastBytes(before: Uint8Array | null, bytes: Uint8Array): Uint8Array {
  // A copy: the caller's buffer may be used again.
  if (before === null || bytes.length >= MAX_TAIL_CHARACTERS) {
    return bytes.slice(-MAX_TAIL_CHARACTERS);
  }
  const kept = before.slice(-(MAX_TAIL_CHARACTERS - bytes.length));
  return joinBytes([kept, bytes], kept.length + bytes.length);
}

function lastCharacters(text: string): string {
  if (text.length <= MAX_TAIL_CHARACTERS) return text;
  const cut = text.slice(-MAX_TAIL_CHARACTERS);
  const lineStart = cut.indexOf("\n") + 1;
  return lineStart > 0 && lineStart < cut.length ? cut.slice(lineStart) : cut;
}

/** Moves a stream into a sink until its end, or until `stop` aborts. */
export async function drain(
  stream: ReadableStream<Uint8Array>,
  options: { sink: Sink; stop: AbortSignal },
): Promise<void> {
  const { sink, stop } = options;
  const reader = stream.getReader();
  const onStop = () => void reader.cancel().catch(ignoreClosed);
  stop.addEventListener("abort", onStop, { once: true });
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      await sink.take(value);
    }
    sink.end();
  } finally {
    stop.removeEventListener("abort", onStop);
    reader.releaseLock();
  }
}

function ignoreClosed(error: unknown): void {
  // The stream ended between the decision to stop reading and the act.
  if (!(error instanceof TypeError || error instanceof Deno.errors.BadResource)) throw error;
}
