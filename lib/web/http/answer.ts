/** Writing a response to a client, which may have stopped reading. */
import { encodeUtf8 } from "../../base/mod.ts";
import type { RequestHead } from "./head.ts";

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
  const hasBody = response.body !== null && request.method !== "HEAD" &&
    response.status !== 204 && response.status !== 304;
  const length = response.headers.get("content-length");
  const chunked = hasBody && length === null && request.isHttp11;
  // To an old client the end of the connection is the end of the body.
  const keepAlive = options.keepAlive && (!hasBody || length !== null || chunked);
  const lines = [`HTTP/1.1 ${response.status} ${response.statusText || reason(response.status)}`];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  if (!response.headers.has("date")) lines.push(`date: ${new Date().toUTCString()}`);
  if (chunked) lines.push("transfer-encoding: chunked");
  else if (!hasBody && length === null && response.status !== 204 && response.status !== 304) {
    lines.push("content-length: 0");
  }
  lines.push(`connection: ${keepAlive ? "keep-alive" : "close"}`);
  const head = encodeUtf8(`${lines.join("\r\n")}\r\n\r\n`);
  if (!hasBody) {
    await response.body?.cancel();
    await write(head);
    return keepAlive;
  }
  await write(head);
  const endless = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const gone = endless ? options.gone : new Promise<void>(() => {});
  await writeBody(response.body!, chunked, { ...options, gone });
  return keepAlive;
}

async function writeBody(
  body: ReadableStream<Uint8Array>,
  chunked: boolean,
  { write, gone }: AnswerOptions,
): Promise<void> {
  const reader = body.getReader();
  let whole = false;
  try {
    while (true) {
      const next = await Promise.race([reader.read(), gone.then(() => null)]);
      if (next === null) throw new Deno.errors.BrokenPipe("the client has gone");
      if (next.done) break;
      if (next.value.length === 0) continue;
      if (chunked) await write(encodeUtf8(`${next.value.length.toString(16)}\r\n`));
      await write(next.value);
      if (chunked) await write(encodeUtf8("\r\n"));
    }
    if (chunked) await write(encodeUtf8("0\r\n\r\n"));
    whole = true;
  } finally {
    if (!whole) await reader.cancel();
  }
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
