/**
 * News as server-sent events. The stream is pulled: nothing is taken from the reader before the
 * browser has room for it, so that a stalled one costs its short queue and no more.
 */
import { encodeUtf8 } from "../base/mod.ts";
import type { News, NewsReader } from "./events.ts";

/** A comment this often keeps sleeping laptops and proxies from closing the stream. */
const HEARTBEAT_MS = 20_000;

export function eventStream(
  reader: NewsReader,
  { heartbeatMs = HEARTBEAT_MS }: { readonly heartbeatMs?: number } = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encodeUtf8(": connected\n\n"));
    },
    async pull(controller) {
      const news = await reader.next(heartbeatMs);
      if (news === null) return controller.close();
      controller.enqueue(news === "quiet" ? encodeUtf8(": still here\n\n") : eventBytes(news));
    },
    cancel() {
      reader.leave();
    },
  });
}

const written = new WeakMap<News, Uint8Array<ArrayBuffer>>();

/**
 * JSON holds no line break outside of its escapes, so one `data:` line takes it. A hundred readers are
 * told the same: the first has it written, and all are given those bytes, which nobody changes.
 */
function eventBytes(news: News): Uint8Array<ArrayBuffer> {
  const known = written.get(news);
  if (known) return known;
  const bytes = encodeUtf8(`event: ${news.kind}\ndata: ${JSON.stringify(news.data)}\n\n`);
  written.set(news, bytes);
  return bytes;
}
