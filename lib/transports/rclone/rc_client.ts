/**
 * One request to a running `rclone rcd`, and its answer. Plain `node:http`: `fetch` would take the
 * environment's HTTP proxy for it, and send the password there.
 */
import { LabferryError } from "../../base/mod.ts";

export interface RcAddress {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface RcAnswer {
  /** 200; 404 for a folder that is not there (and for a method), 500 for any other failure. */
  readonly status: number;
  readonly text: string;
}

/** Far more than the answers that are asked for here: some 300,000 names. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * @throws the signal's reason when it is stopped, which also ends the request over there.
 * @throws {LabferryError} `output_too_large`
 * @throws {Error} the system's, when nobody listens any more
 */
export async function askRcd(
  { port, user, password }: RcAddress,
  { method, params, signal }: {
    readonly method: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly signal: AbortSignal;
  },
): Promise<RcAnswer> {
  // Loaded by whoever uses rclone: it is 5 ms of every other command's start.
  const { request: httpRequest } = await import("node:http");
  signal.throwIfAborted();
  const body = new TextEncoder().encode(JSON.stringify(params));
  const { promise, resolve, reject } = Promise.withResolvers<RcAnswer>();
  const request = httpRequest({
    host: "127.0.0.1",
    port,
    path: `/${method}`,
    method: "POST",
    auth: `${user}:${password}`,
    headers: { "content-type": "application/json", "content-length": body.length },
    // A connection for each: none is kept open that the end of the session would have to find.
    agent: false,
  });
  const onAbort = () => request.destroy(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  request.on("error", (error) => reject(signal.aborted ? signal.reason : error));
  request.on("response", (response) => {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    response.on("data", (piece: Uint8Array) => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > LARGEST_ANSWER_BYTES) {
        request.destroy(
          new LabferryError("output_too_large", `rclone ${method} answered too much`, {
            why: `more than ${LARGEST_ANSWER_BYTES} bytes`,
          }),
        );
      }
    });
    response.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    response.on("end", () => {
      const text = new TextDecoder().decode(joined(pieces, bytes));
      resolve({ status: response.statusCode ?? 0, text });
    });
  });
  request.end(body);
  return await promise.finally(() => signal.removeEventListener("abort", onAbort));
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
