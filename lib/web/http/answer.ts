/** Writing a response to a client, which may have stopped reading. */
import { encodeUtf8 } from "../../base/mod.ts";
import type { RequestHead } from "./head.ts";
import { bytesOf } from "./whole.ts";

export interface AnswerOptions {
  readonly request: Pick<RequestHead, "method" | "isHttp11">;
  /** The connection goes on after this answer, if the answer lets it. */
  readonly keepAlive: boolean;
  /** Writes all of `bytes`, or throws when the client does not take them in time. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /**
   * Resolves when the client has ended its side: an endless answer ends then. A short one is written
   * all the same, for a client may end its side as soon as it has asked.
   */
  readonly gone: Promise<void>;
}

/** Returns whether the connection can go on. */
export async function writeAnswer(response: Response, options: AnswerOptions): Promise<boolean> {
  const { request, write } = options;
  const isBare = request.method === "HEAD" || response.status === 204 || response.status === 304;
  const hasBody = response.body !== null && !isBare;
  const bytes = hasBody ? bytesOf(response) : null;
  const length = response.headers.get("content-length") ?? bytes?.length ?? null;
  const chunked = hasBody && length === null && request.isHttp11;
  // To an old client the end of the connection is the end of the body.
  const keepAlive = options.keepAlive && (!hasBody || length !== null || chunked);
  const lines = [`HTTP/1.1 ${response.status} ${response.statusText || reason(response.status)}`];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  if (!response.headers.has("date")) lines.push(`date: ${new Date().toUTCString()}`);
  if (bytes) lines.push(`content-length: ${bytes.length}`);
  if (chunked) lines.push("transfer-encoding: chunked");
  // The length a HEAD is told is the one that a GET would have, or none.
  else if (!hasBody && length === null && !isBare) lines.push("content-length: 0");
  lines.push(`connection: ${keepAlive ? "keep-alive" : "close"}`);
  const head = encodeUtf8(`${lines.join("\r\n")}\r\n\r\n`);
  if (!hasBody) {
    await response.body?.cancel();
    await write(head);
    return keepAlive;
  }
  if (bytes) {
    await writeWhole(bytes, { head, write });
    return keepAlive;
  }
  const endless = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  await writeBody(response.body!, { ...options, head, chunked, endless });
  return keepAlive;
}

/** From here on a copy beside the head costs more than a write of its own. */
const LARGE_BYTES = 64 * 1024;

async function writeWhole(
  bytes: Uint8Array,
  { head, write }: Pick<BodyOptions, "head" | "write">,
): Promise<void> {
  if (bytes.length < LARGE_BYTES) return await write(joined([head, bytes]));
  await write(head);
  await write(bytes);
}

interface BodyOptions extends AnswerOptions {
  readonly head: Uint8Array;
  readonly chunked: boolean;
  /** Goes on until somebody has enough of it: each part is sent as it comes. */
  readonly endless: boolean;
}

/**
 * In as few writes as there can be: each is a turn of the event loop, and in a busy service a turn takes
 * as long as what the others ask. So the head goes with the first part and the end with the last.
 */
async function writeBody(
  body: ReadableStream<Uint8Array>,
  { write, gone, head, chunked, endless }: BodyOptions,
): Promise<void> {
  const reader = body.getReader();
  let isGone = false;
  // Not by a race: each would hang something of its own on `gone`, for as long as a page is open.
  if (endless) {
    void gone.then(() => {
      isGone = true;
      return unread(reader);
    });
  }
  const held: Uint8Array[] = [head];
  let whole = false;
  try {
    if (endless) await write(joined(held.splice(0)));
    while (true) {
      const next = await reader.read();
      if (isGone) throw new Deno.errors.BrokenPipe("the client has gone");
      if (next.done) break;
      if (next.value.length === 0) continue;
      if (endless) {
        await write(chunked ? framed(next.value) : next.value);
        continue;
      }
      // Of a body that ends the newest part is held back until the next is there, or its end.
      if (held.length > 1) await write(joined(held.splice(0)));
      held.push(...(chunked ? asChunk(next.value) : [next.value]));
    }
    if (chunked) held.push(encodeUtf8("0\r\n\r\n"));
    if (held.length > 0) await write(joined(held));
    whole = true;
  } finally {
    if (!whole) await unread(reader);
  }
}

/** A body that has failed says so where it is read, and once is enough. */
async function unread(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  await reader.cancel().catch(() => {});
}

function asChunk(part: Uint8Array): Uint8Array[] {
  return [encodeUtf8(`${part.length.toString(16)}\r\n`), part, encodeUtf8("\r\n")];
}

const frames = new WeakMap<Uint8Array, Uint8Array>();

/** As a chunk in one piece: a hundred readers of events are sent the same bytes, framed once. */
function framed(part: Uint8Array): Uint8Array {
  const known = frames.get(part);
  if (known) return known;
  const frame = joined(asChunk(part));
  frames.set(part, frame);
  return frame;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  422: "Unprocessable Content",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

function reason(status: number): string {
  return REASONS[status] ?? "Answer";
}
