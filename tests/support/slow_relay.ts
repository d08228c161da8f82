/**
 * A relay on 127.0.0.1 between a client and a server: it delays each direction, throttles, stalls and
 * cuts on command, and counts bytes and round trips. Any kernel will do, and no rights are needed.
 *
 * ```ts
 * await using relay = startSlowRelay(server.port, { delayMs: 25 });
 * relay.port; relay.cut(); relay.counts().roundTrips;
 * ```
 */

export interface RelayOptions {
  /** Each piece arrives that much later, in each direction; pieces do not wait for each other. */
  readonly delayMs?: number;
  /** Ceiling of each direction, all connections together; null for none. */
  readonly mbps?: number | null;
}

export interface RelayCounts {
  readonly connections: number;
  /** Bytes from the client to the server, and back. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** How often a client spoke after its server had: what waits for a whole way there and back. */
  readonly roundTrips: number;
}

export interface SlowRelay extends AsyncDisposable {
  readonly port: number;
  counts(): RelayCounts;
  /** From here on nothing passes, and nobody is told; what is on its way stays on its way. */
  stall(): void;
  /** What was held goes on. */
  resume(): void;
  /** Ends every connection at once, without a goodbye; new ones are taken. */
  cut(): void;
  /** Called with all bytes sent up so far, after each piece: to act in mid-transfer. */
  onUp: ((bytesUp: number) => void) | null;
}

const PIECE_BYTES = 16 * 1024;
/** What may be on its way in one direction of a connection: about 25 ms of 2.5 Gbit/s. */
const MOST_HELD_BYTES = 8 * 1024 * 1024;

export function startSlowRelay(serverPort: number, options: RelayOptions = {}): SlowRelay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const relay = new Relay(options);
  const accepting = accept(listener, { relay, serverPort });
  return {
    port: listener.addr.port,
    counts: () => ({ ...relay.counted }),
    stall: () => relay.gate.shut(),
    resume: () => relay.gate.open(),
    cut: () => relay.cut(),
    get onUp() {
      return relay.onUp;
    },
    set onUp(listen) {
      relay.onUp = listen;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      relay.cut();
      relay.gate.open();
      await accepting;
      await relay.ended();
    },
  };
}

async function accept(
  listener: Deno.TcpListener,
  { relay, serverPort }: { relay: Relay; serverPort: number },
): Promise<void> {
  for await (const client of listener) {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort });
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      client.close();
      continue;
    }
    relay.join(client, server);
  }
}

class Relay {
  readonly counted = { connections: 0, bytesUp: 0, bytesDown: 0, roundTrips: 0 };
  readonly gate = new Gate();
  onUp: ((bytesUp: number) => void) | null = null;
  readonly #delayMs: number;
  readonly #pace: { readonly up: Pace; readonly down: Pace };
  readonly #pairs = new Set<Deno.TcpConn>();
  readonly #running = new Set<Promise<void>>();

  constructor({ delayMs = 0, mbps = null }: RelayOptions) {
    this.#delayMs = delayMs;
    this.#pace = { up: new Pace(mbps), down: new Pace(mbps) };
  }

  join(client: Deno.TcpConn, server: Deno.TcpConn): void {
    client.setNoDelay(true);
    server.setNoDelay(true);
    this.counted.connections++;
    this.#pairs.add(client).add(server);
    let serverSpokeLast = false;
    const up = this.#carry(client, server, {
      pace: this.#pace.up,
      counted: (bytes) => {
        this.counted.bytesUp += bytes;
        if (serverSpokeLast) this.counted.roundTrips++;
        serverSpokeLast = false;
        this.onUp?.(this.counted.bytesUp);
      },
    });
    const down = this.#carry(server, client, {
      pace: this.#pace.down,
      counted: (bytes) => {
        this.counted.bytesDown += bytes;
        serverSpokeLast = true;
      },
    });
    const both = Promise.all([up, down]).then(() => {
      close(client);
      close(server);
      this.#pairs.delete(client);
      this.#pairs.delete(server);
      this.#running.delete(both);
    });
    this.#running.add(both);
  }

  cut(): void {
    for (const connection of this.#pairs) close(connection);
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** One direction: read, held for the delay, written in its turn. */
  async #carry(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    { counted, pace }: { counted: (bytes: number) => void; pace: Pace },
  ): Promise<void> {
    const held: { bytes: Uint8Array; dueMs: number }[] = [];
    let heldBytes = 0;
    let isOver = false;
    const more = new Bell();
    const room = new Bell();
    const read = async () => {
      for (;;) {
        while (heldBytes > MOST_HELD_BYTES) await room.rung();
        const bytes = await readPiece(from);
        if (bytes === null || isOver) break;
        counted(bytes.length);
        held.push({ bytes, dueMs: performance.now() + this.#delayMs });
        heldBytes += bytes.length;
        more.ring();
      }
      isOver = true;
      more.ring();
    };
    const write = async () => {
      for (;;) {
        const next = held.shift();
        if (next === undefined) {
          if (isOver) break;
          await more.rung();
          continue;
        }
        await waitUntil(next.dueMs);
        await pace.turn(next.bytes.length);
        await this.gate.passed();
        if (!await writeWhole(to, next.bytes)) break;
        heldBytes -= next.bytes.length;
        room.ring();
      }
      // What is read from here on would go nowhere.
      isOver = true;
      heldBytes = 0;
      room.ring();
      await halfClose(to);
    };
    await Promise.all([read(), write()]);
  }
}

/** Lets bytes of one direction through at a rate: each piece has its turn behind the one before. */
class Pace {
  readonly #msPerByte: number;
  #freeMs = 0;

  constructor(mbps: number | null) {
    this.#msPerByte = mbps === null ? 0 : 8 / (mbps * 1000);
  }

  async turn(bytes: number): Promise<void> {
    if (this.#msPerByte === 0) return;
    const startMs = Math.max(performance.now(), this.#freeMs);
    this.#freeMs = startMs + bytes * this.#msPerByte;
    await waitUntil(startMs);
  }
}

/** Open or shut for everybody at once. */
class Gate {
  #isOpen = true;
  #opened = Promise.withResolvers<void>();

  constructor() {
    this.#opened.resolve();
  }

  passed(): Promise<void> {
    return this.#opened.promise;
  }

  shut(): void {
    // Who waits already must be let on by the same word.
    if (this.#isOpen) this.#opened = Promise.withResolvers<void>();
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    this.#opened.resolve();
  }
}

/** One waits, another rings; a ring that nobody waits for is kept. */
class Bell {
  #ringing = Promise.withResolvers<void>();

  ring(): void {
    this.#ringing.resolve();
  }

  async rung(): Promise<void> {
    await this.#ringing.promise;
    this.#ringing = Promise.withResolvers<void>();
  }
}

function waitUntil(dueMs: number): Promise<void> {
  const leftMs = dueMs - performance.now();
  return leftMs <= 0 ? Promise.resolve() : new Promise((done) => setTimeout(done, leftMs));
}

/** Null at the end, whichever it is. */
async function readPiece(from: Deno.TcpConn): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(PIECE_BYTES);
  try {
    const count = await from.read(bytes);
    return count === null ? null : bytes.subarray(0, count);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function writeWhole(to: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function halfClose(to: Deno.TcpConn): Promise<void> {
  try {
    await to.closeWrite();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** The connection was ended, by us or by whoever had the other end of it. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.ConnectionAborted;
}
