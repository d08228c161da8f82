/**
 * News as server-sent events. The stream is pulled: nothing is taken from the reader before the
 * browser has room for it, so that a stalled one costs its short queue and no more.
 */
import { encodeUtf8 } from "../base/mod.ts";
import type { NewsReader } from "./events.ts";

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
      controller.enqueue(encodeUtf8(news === "quiet" ? ": still here\n\n" : eventText(news)));
    },
    cancel() {
      reader.leave();
    },
  });
}

/** JSON holds no line break outside of its escapes, so one `data:` line takes it. */
function eventText({ kind, data }: { readonly kind: string; readonly data: unknown }): string {
  return `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
