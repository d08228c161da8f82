/**
 * Accepts connections, so many at once and no more, and goes on whatever the system says. Deno's own
 * server ends for good when the process has no file descriptor left (measured: 1,071 idle
 * connections of another account ended the service, transfers included), and bounds nothing.
 */
import { logger } from "../../base/log.ts";
import { messageOf } from "../../base/mod.ts";
import { type ConnectionLimits, type Handler, HttpConnection } from "./connection.ts";

export interface DoorOptions {
  readonly listener: Deno.TcpListener;
  /** `http://127.0.0.1:8787`: what a request's path is appended to. */
  readonly origin: string;
  readonly handler: Handler;
  readonly mostConnections?: number;
  readonly limits?: ConnectionLimits;
}

/**
 * Enough for 128 open pages (`events.ts`) and as many others beside them, far below the 1,024
 * descriptors that a service usually has. All clients of loopback have one address, so the bound is in
 * total: who came first and still asks nothing makes room, then who does not read what it asked for.
 */
const MOST_CONNECTIONS = 256;
/** A browser takes what comes at once; who leaves it lying so long may be ended to make room. */
const LONGEST_UNREAD_MS = 1_000;
/** After an error of the listener; a descriptor comes free as soon as some connection ends. */
const PAUSE_MS = 100;

export class Door {
  readonly #options: DoorOptions;
  readonly #connections = new Set<HttpConnection>();
  readonly #most: number;
  #isClosed = false;
  readonly #ended: Promise<void>;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#most = options.mostConnections ?? MOST_CONNECTIONS;
    this.#ended = this.#acceptAll();
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Ends the listening and every connection. Safe to call again. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#options.listener.close();
      for (const connection of this.#connections) connection.close();
    }
    await this.#ended;
  }

  async #acceptAll(): Promise<void> {
    let isFailing = false;
    while (!this.#isClosed) {
      try {
        this.#admit(await this.#options.listener.accept());
        if (isFailing) logger("web").info("the page answers again");
        isFailing = false;
      } catch (error) {
        if (this.#isClosed) return;
        // Said once: while it lasts it comes many times a second.
        if (!isFailing) {
          logger("web").error("the page cannot take connections just now: {message}", {
            message: messageOf(error),
          });
        }
        isFailing = true;
        this.#endIdle();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  #admit(accepted: Deno.TcpConn): void {
    const { limits, origin, handler } = this.#options;
    if (this.#connections.size >= this.#most && !this.#endIdle() && !this.#endUnread()) {
      accepted.close();
      return;
    }
    // An answer is a head and a body: held back for the client's word on the first, the second would
    // come 40 ms later (measured on a busy machine: an answer of a kilobyte took 44 ms, and with it 0.3).
    accepted.setNoDelay(true);
    const connection = new HttpConnection(accepted, limits ? { limits } : {});
    this.#connections.add(connection);
    void connection.serve(origin, handler).then(() => this.#connections.delete(connection));
  }

  /** Ends the connection that has been idle and was taken first; false when every one is at work. */
  #endIdle(): boolean {
    // A set keeps the order in which they came.
    for (const connection of this.#connections) {
      if (!connection.isIdle) continue;
      this.#connections.delete(connection);
      connection.close();
      return true;
    }
    return false;
  }

  /** Ends the connection whose client has left its answer lying longest, if any has for so long. */
  #endUnread(): boolean {
    let longest: HttpConnection | null = null;
    for (const connection of this.#connections) {
      if (connection.unreadMs > (longest?.unreadMs ?? LONGEST_UNREAD_MS)) longest = connection;
    }
    if (longest === null) return false;
    this.#connections.delete(longest);
    longest.close();
    return true;
  }
}
