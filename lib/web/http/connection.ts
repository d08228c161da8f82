/** One client's connection, from its first byte to its end. Whatever it does, it ends in time. */
import { SAFE_HEADERS } from "../guard.ts";
import { logger } from "../../base/log.ts";
import { type Clock, messageOf, systemClock } from "../../base/mod.ts";
import { writeAnswer } from "./answer.ts";
import { readBodyBytes } from "./body.ts";
import { Deadline } from "./deadline.ts";
import { BadRequest, parseHead, type RequestHead } from "./head.ts";
import { ByteSource } from "./source.ts";

export interface ConnectionLimits {
  /** From the first wait for a request to the end of its head. */
  readonly headMs: number;
  readonly bodyMs: number;
  /** A client that does not take what it asked for. */
  readonly writeMs: number;
  readonly headBytes: number;
  readonly bodyBytes: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headMs: 15_000,
  bodyMs: 30_000,
  writeMs: 30_000,
  headBytes: 32 * 1024,
  bodyBytes: 1024 * 1024,
};

export type Handler = (request: Request) => Response | Promise<Response>;

export class HttpConnection {
  /** False only while a request is being answered: whoever makes room ends an idle one first. */
  isIdle = true;
  readonly #clock: Clock;
  /** Since when a write waits for a client that does not read; null while none does. */
  #writingSinceMs: number | null = null;
  readonly #connection: Deno.TcpConn;
  readonly #source: ByteSource;
  readonly #limits: ConnectionLimits;
  readonly #deadline = new Deadline(() => this.close());
  #isClosed = false;

  constructor(
    connection: Deno.TcpConn,
    { clock = systemClock, limits = CONNECTION_LIMITS }: {
      readonly clock?: Clock;
      readonly limits?: ConnectionLimits;
    } = {},
  ) {
    this.#connection = connection;
    this.#source = new ByteSource(connection);
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Answers what the client asks until it, or `close`, ends the connection. Never rejects. */
  async serve(origin: string, handler: Handler): Promise<void> {
    try {
      while (!this.#isClosed && await this.#one(origin, handler));
    } catch (error) {
      if (!this.#isClosed && !isClientsEnd(error)) {
        logger("web").warn("a connection ended badly: {message}", { message: messageOf(error) });
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadline.end();
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #one(origin: string, handler: Handler): Promise<boolean> {
    this.isIdle = true;
    let head: RequestHead;
    let request: Request;
    try {
      const text = await this.#within(
        this.#limits.headMs,
        this.#source.head(this.#limits.headBytes),
      );
      if (text === null) return false;
      head = parseHead(text);
      if (head.headers.get("expect")?.toLowerCase() === "100-continue") {
        await this.#write(new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n"));
      }
      const body = await this.#within(
        this.#limits.bodyMs,
        readBodyBytes(this.#source, head, this.#limits.bodyBytes),
      );
      request = requestOf(origin, head, body);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      return await this.#refuse(error);
    }
    this.isIdle = false;
    const gone = this.#source.gone();
    const response = await handler(request);
    return await writeAnswer(response, {
      request: head,
      keepAlive: head.keepAlive,
      write: (bytes) => this.#write(bytes),
      gone,
    });
  }

  async #refuse(error: BadRequest): Promise<false> {
    const body = JSON.stringify({
      type: "about:blank",
      title: "bad_request",
      status: error.status,
      detail: error.message,
      code: error.status === 413 ? "body_too_large" : "bad_request",
    });
    await writeAnswer(
      new Response(body, {
        status: error.status,
        headers: {
          ...SAFE_HEADERS,
          "content-type": "application/problem+json",
          "content-length": String(new TextEncoder().encode(body).length),
        },
      }),
      {
        request: { method: "GET", isHttp11: true },
        keepAlive: false,
        write: (bytes) => this.#write(bytes),
        gone: new Promise(() => {}),
      },
    );
    // What it still sends is taken for a moment: closed upon unread bytes, the answer would be lost.
    await this.#within(LINGER_MS, this.#connection.readable.pipeTo(new WritableStream()), "end");
    return false;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      this.#writingSinceMs = this.#clock.monotonicMs();
      const count = await this.#within(this.#limits.writeMs, this.#connection.write(rest));
      this.#writingSinceMs = null;
      rest = rest.subarray(count);
    }
  }

  /** How long its client has not taken what it asked for; 0 while it reads, or asks for nothing. */
  get unreadMs(): number {
    return this.#writingSinceMs === null ? 0 : this.#clock.monotonicMs() - this.#writingSinceMs;
  }

  /** Ends the connection when `work` takes longer: that is what makes it let go. One work at a time. */
  async #within<T>(limitMs: number, work: Promise<T>, atEnd?: "end"): Promise<T> {
    this.#deadline.set(limitMs);
    try {
      return await work;
    } catch (error) {
      if (this.#deadline.isPast && atEnd !== "end") {
        throw new Deno.errors.TimedOut("the client is too slow");
      }
      throw error;
    } finally {
      this.#deadline.lift();
    }
  }
}

const LINGER_MS = 1_000;

function requestOf(
  origin: string,
  { method, target, headers }: RequestHead,
  body: Uint8Array<ArrayBuffer>,
): Request {
  const bodiless = method === "GET" || method === "HEAD";
  try {
    return new Request(`${origin}${target}`, { method, headers, ...(bodiless ? {} : { body }) });
  } catch (error) {
    // CONNECT, TRACE, a path that is none: what the platform's own class refuses.
    if (!(error instanceof TypeError)) throw error;
    throw new BadRequest(400, "the request cannot be understood");
  }
}

/** It left, was slow, or was ended from here: nothing that anybody has to know. */
function isClientsEnd(error: unknown): boolean {
  return [
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.UnexpectedEof,
    Deno.errors.TimedOut,
    Deno.errors.NotConnected,
    Deno.errors.BadResource,
    Deno.errors.Interrupted,
  ].some((kind) => error instanceof kind);
}
