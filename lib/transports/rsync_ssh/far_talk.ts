/**
 * One conversation with the far shell: a single ssh child whose far end (`talk_loop.ts`) runs one
 * fixed script after the other and answers on its standard output. A small thing costs a round trip
 * there, where an ssh client of its own took 0.1 to 0.2 s. Requests may be sent ahead; answers come
 * in their order. When the talk ends, or falls silent in an answer, so does the session.
 */
import { LabferryError } from "../../base/mod.ts";
import type { ToolExit } from "../../process/mod.ts";
import { TransportError } from "../failure.ts";
import { indexOfBytes, joined } from "../tool/bytes.ts";
import { commandLine, type FarScript } from "./far_script.ts";
import { AnswerReader } from "./talk_answer.ts";
import { encodeRequest, talkLoop } from "./talk_loop.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

/** Every character that some shell treats specially: what comes back differs where quoting fails. */
const WORD = `a'b"c$d\\e*f g;h\`i~!#`;
/** An account that runs no shell may wait for the end of what we say before it says what it is. */
const PATIENCE_MS = 15_000;
const OPENING_LIMIT_MS = 60_000;
const MAX_BEFORE_BYTES = 64 * 1024;
const MAX_PRINTED_BYTES = 64 * 1024 * 1024;

export interface TalkRequest {
  /** For messages: "looking at". */
  readonly doing: string;
  readonly script: FarScript;
  /** What the script reads; at most some 100 kB. */
  readonly input?: Uint8Array | undefined;
  /** Gets what is printed as it comes; while its promise is pending nothing else is read. */
  readonly onPrinted?: ((bytes: Uint8Array) => void | Promise<void>) | undefined;
  /** Longest silence of the far side. */
  readonly silenceMs: number;
  /** The script runs to its end nevertheless. */
  readonly signal?: AbortSignal | undefined;
}

export interface TalkAnswer {
  readonly code: number;
  /** Empty when `onPrinted` took it. */
  readonly printed: Uint8Array;
  readonly said: string;
}

/** What came of beginning a talk: a shell, with what it printed before, or something else. */
export type Opening =
  | { readonly kind: "shell"; readonly before: Uint8Array }
  | { readonly kind: "ended"; readonly exit: ToolExit; readonly printed: Uint8Array };

interface Pending {
  readonly request: TalkRequest;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly reader: AnswerReader;
  readonly answer: PromiseWithResolvers<TalkAnswer>;
  pieces: Uint8Array[];
  printedBytes: number;
  /** Nobody waits for it any more: its answer is read past. */
  isDropped: boolean;
}

export class FarTalk {
  readonly opening: Promise<Opening>;
  readonly #ssh: SshConnection;
  readonly #opened = Promise.withResolvers<Opening>();
  readonly #greeting: Uint8Array;
  readonly #pending: Pending[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #input: ReadableStreamDefaultController<Uint8Array> | null = null;
  #before: Uint8Array = new Uint8Array();
  #isOpen = false;
  #isOver = false;
  #fault: unknown = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ssh: SshConnection, signal: AbortSignal) {
    this.#ssh = ssh;
    this.opening = this.#opened.promise;
    const mark = newMark();
    this.#greeting = new TextEncoder().encode(`${mark} ${WORD}\n`);
    const patience = setTimeout(() => this.#endInput(), PATIENCE_MS);
    const limit = setTimeout(() => this.#fail(this.#tooLong("asking")), OPENING_LIMIT_MS);
    const run = ssh.run(commandLine(talkLoop(mark, WORD)), {
      doing: "asking",
      signal: AbortSignal.any([signal, this.#stop.signal]),
      stdin: () => this.#newInput(),
      onStdoutChunk: (bytes) => this.#hear(bytes),
    });
    this.#ended = run.then((exit) => this.#onExit(exit), (error) => this.#over(error));
    this.opening.then(() => {}, () => {}).finally(() => {
      clearTimeout(patience);
      clearTimeout(limit);
    });
  }

  /** False while an answer streams, or one is read past: who cannot wait goes another way. */
  get isFree(): boolean {
    return !this.#isOver &&
      !this.#pending.some(({ request, isDropped }) => isDropped || request.onPrinted);
  }

  get isIdle(): boolean {
    return this.#pending.length === 0;
  }

  /** @throws the signal's reason; LabferryError `output_too_large`; TransportError `unreachable` */
  ask(request: TalkRequest): Promise<TalkAnswer> {
    if (this.#isOver) return Promise.reject(this.#fault);
    const mark = newMark();
    const pending: Pending = {
      request,
      bytes: encodeRequest(mark, { ...request.script, input: request.input }),
      reader: new AnswerReader(mark),
      answer: Promise.withResolvers(),
      pieces: [],
      printedBytes: 0,
      isDropped: false,
    };
    this.#pending.push(pending);
    this.#input?.enqueue(pending.bytes);
    if (this.#pending.length === 1) this.#listen();
    const { signal } = request;
    if (signal === undefined) return pending.answer.promise;
    const onAbort = () => drop(pending, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    return pending.answer.promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** Ends it without ending the session. */
  async close(): Promise<void> {
    this.#over(new DOMException("the talk was closed", "AbortError"));
    this.#stop.abort(this.#fault);
    await this.#ended;
  }

  /** What nobody has answered yet is said again: a refused session heard nothing. */
  #newInput(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#input = controller;
        for (const { bytes } of this.#pending) controller.enqueue(bytes);
      },
      cancel: () => {
        this.#input = null;
      },
    });
  }

  #endInput(): void {
    this.#input?.close();
    this.#input = null;
  }

  async #hear(bytes: Uint8Array): Promise<void> {
    let rest = this.#isOpen ? bytes : this.#greet(bytes);
    clearTimeout(this.#timer);
    while (rest.length > 0 && this.#pending.length > 0) {
      const pending = this.#pending[0]!;
      const { printed, end } = pending.reader.take(rest);
      if (printed.length > 0 && !pending.isDropped) await keep(pending, printed);
      if (end === null) break;
      this.#pending.shift();
      rest = end.rest;
      const whole = pending.request.onPrinted ? new Uint8Array() : joinAll(pending);
      pending.answer.resolve({ code: end.code, printed: whole, said: end.said });
    }
    this.#listen();
  }

  /** Returns what comes after the greeting; nothing while it is not there. */
  #greet(bytes: Uint8Array): Uint8Array {
    this.#before = joined(this.#before, bytes.slice()).slice(0, MAX_BEFORE_BYTES);
    const at = indexOfBytes(this.#before, this.#greeting);
    if (at < 0) return new Uint8Array();
    this.#isOpen = true;
    const rest = this.#before.slice(at + this.#greeting.length);
    this.#opened.resolve({ kind: "shell", before: this.#before.slice(0, at) });
    return rest;
  }

  #listen(): void {
    clearTimeout(this.#timer);
    const [first] = this.#pending;
    if (!this.#isOpen || first === undefined) return;
    const { doing, silenceMs } = first.request;
    this.#timer = setTimeout(() => this.#fail(this.#tooLong(doing)), silenceMs);
  }

  #tooLong(doing: string): TransportError {
    const { address } = this.#ssh.destination;
    return new TransportError("unreachable", `${doing} ${address} took too long`, {
      why: "the far side stopped answering",
      hint: "Look whether that machine's disk answers; labferry connects anew by itself.",
    });
  }

  /** The session ends with it. */
  #fail(error: TransportError): void {
    this.#ssh.lose(error);
    this.#over(error);
    this.#stop.abort(error);
  }

  #onExit(exit: ToolExit): void {
    if (!this.#isOpen) {
      this.#opened.resolve({ kind: "ended", exit, printed: this.#before });
      return this.#over(new Error("there was no talk"));
    }
    if (this.#isOver) return;
    // However ssh ended, nobody but the session may end it: the connection is lost.
    const doing = this.#pending[0]?.request.doing ?? "talking to";
    const error = exitError(this.#ssh, { ...exit, code: 255 }, { doing });
    if (error instanceof TransportError) this.#ssh.lose(error);
    this.#over(error);
  }

  #over(error: unknown): void {
    if (!this.#isOver) this.#fault = error;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#opened.reject(this.#fault);
    for (const pending of this.#pending.splice(0)) drop(pending, this.#fault);
    this.#endInput();
  }
}

async function keep(pending: Pending, printed: Uint8Array): Promise<void> {
  const { onPrinted } = pending.request;
  if (onPrinted) {
    try {
      return await onPrinted(printed);
    } catch (error) {
      return drop(pending, error);
    }
  }
  pending.printedBytes += printed.length;
  if (pending.printedBytes > MAX_PRINTED_BYTES) {
    const why = `more than ${MAX_PRINTED_BYTES} bytes`;
    return drop(pending, new LabferryError("output_too_large", "too long an answer", { why }));
  }
  pending.pieces.push(printed.slice());
}

function drop(pending: Pending, reason: unknown): void {
  pending.isDropped = true;
  pending.pieces = [];
  pending.answer.reject(reason);
}

function joinAll({ pieces, printedBytes }: Pending): Uint8Array {
  const whole = new Uint8Array(printedBytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function newMark(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
