/** Listens on loopback, and stops without leaving a stream open. */
import type { Hono } from "hono";
import { LabferryError, messageOf } from "../base/mod.ts";
import { Door } from "./http/door.ts";

export interface ListenOptions {
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Builds the app once the port is known: the Host check needs it. */
  readonly app: (port: number) => Hono;
}

export interface Listener {
  readonly port: number;
  readonly url: string;
  /** Ends the listening; streams must have been ended by their own signal. Safe to call again. */
  stop(): Promise<void>;
}

/** Requests that are being answered get so long when the service stops. */
const DRAIN_MS = 2_000;
/** What was answered is a few kilobytes on loopback: they need a moment to leave. */
const FLUSH_MS = 50;

/** Taken, not ours to take (a port below 1024), or an address this machine does not have. */
const CANNOT_LISTEN = [
  Deno.errors.AddrInUse,
  Deno.errors.PermissionDenied,
  Deno.errors.AddrNotAvailable,
];

/** @throws LabferryError `port_taken` */
export function listen(options: ListenOptions): Promise<Listener> {
  return Promise.try(() => open(options));
}

function open({ hostname, port, app }: ListenOptions): Listener {
  const requests = new OpenRequests();
  const listener = listenAt(hostname, port);
  const { port: bound } = listener.addr as Deno.NetAddr;
  const handler = app(bound);
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  const origin = `http://${shown}:${bound}`;
  const door = new Door({
    listener,
    origin,
    handler: (request) => requests.during(() => handler.fetch(request)),
  });
  return {
    port: bound,
    url: `${origin}/`,
    async stop() {
      await requests.none(DRAIN_MS);
      await door.close();
    },
  };
}

function listenAt(hostname: string, port: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname, port });
  } catch (error) {
    if (!CANNOT_LISTEN.some((kind) => error instanceof kind)) throw error;
    throw new LabferryError("port_taken", `The status page cannot listen on ${hostname}:${port}`, {
      why: messageOf(error),
      hint: "set another status.port in the configuration (0 takes any free one)",
      cause: error,
    });
  }
}

/**
 * Requests that have not got their answer yet. Deno's own graceful `shutdown` waits for ever for a
 * browser that has stopped reading, and cannot be forced once it has begun.
 */
class OpenRequests {
  #count = 0;
  #idle: (() => void) | null = null;

  async during<T>(answer: () => T | Promise<T>): Promise<T> {
    this.#count++;
    try {
      return await answer();
    } finally {
      if (--this.#count === 0) this.#idle?.();
    }
  }

  /** Resolves when all have been answered and what was answered is on its way, or after `limitMs`. */
  async none(limitMs: number): Promise<void> {
    if (this.#count > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        this.#idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  }
}
