/** The head of an HTTP/1.1 request (RFC 9112), read strictly: what is doubtful is refused. */

export interface RequestHead {
  readonly method: string;
  /** Path and query, beginning with `/`. */
  readonly target: string;
  readonly headers: Headers;
  /** Bytes of the body; null when it comes in chunks. */
  readonly bodyBytes: number | null;
  /** The client wants to go on with this connection. */
  readonly keepAlive: boolean;
  readonly isHttp11: boolean;
}

/** A request that is answered with `status` and the end of the connection. */
export class BadRequest extends Error {
  constructor(readonly status: 400 | 408 | 413 | 431 | 501 | 505, what: string) {
    super(what);
  }
}

/** @throws BadRequest */
export function parseHead(text: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, minor] = /^([A-Z]{1,20}) (\S+) HTTP\/1\.([01])$/.exec(first) ?? [];
  if (method === undefined || target === undefined) {
    throw new BadRequest(400, "the request line cannot be read");
  }
  const headers = headersOf(lines);
  const isHttp11 = minor === "1";
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  return {
    method,
    target: pathOf(target),
    headers,
    bodyBytes: bodyBytesOf(headers),
    keepAlive: isHttp11 && !connection.split(",").some((word) => word.trim() === "close"),
    isHttp11,
  };
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new BadRequest(400, "a header line cannot be read");
    try {
      headers.append(name, value!);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new BadRequest(400, "a header holds what none may hold");
    }
  }
  return headers;
}

/** A proxy writes the whole address; whose it is, is the Host header's to say. */
function pathOf(target: string): string {
  const path = /^http:\/\/[^/]*(\/.*)$/i.exec(target)?.[1] ?? target;
  if (path.startsWith("/")) return path;
  throw new BadRequest(400, "the request names no path");
}

function bodyBytesOf(headers: Headers): number | null {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    // Both at once is how one request is smuggled into another.
    if (length !== null) throw new BadRequest(400, "the body has two lengths");
    if (coding.toLowerCase() !== "chunked") throw new BadRequest(501, "only chunked is understood");
    return null;
  }
  if (length === null) return 0;
  if (!/^\d{1,15}$/.test(length)) throw new BadRequest(400, "the body's length is no number");
  return Number(length);
}
