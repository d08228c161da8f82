import assert from "node:assert/strict";
import { NewsHub } from "../../lib/web/mod.ts";
import { NEWS_KINDS } from "../../lib/web/events.ts";
import { eventStream } from "../../lib/web/event_stream.ts";
import { openHouse } from "./house.ts";

/** Reads a stream of events until `text` has come. */
async function readUntil(
  stream: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let heard = "";
  while (!heard.includes(text)) {
    const { value, done } = await stream.read();
    if (done) throw new Error(`the stream ended after: ${heard}`);
    heard += decoder.decode(value);
  }
  return heard;
}

Deno.test("GET /api/v1/events tells news as they come, and ends with the service", async () => {
  const { ask, news, closing } = openHouse();
  const answer = await ask("/api/v1/events");
  assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/);
  const stream = answer.body!.getReader();
  await readUntil(stream, ": connected");
  news.publish("job", { id: "1", name: "line\nbreak\r\n\ndata: forged" });
  news.publish("progress", { job_id: "1" });
  assert.equal(
    await readUntil(stream, '"job_id"'),
    `event: job\ndata: {"id":"1","name":"line\\nbreak\\r\\n\\ndata: forged"}\n\n` +
      `event: progress\ndata: {"job_id":"1"}\n\n`,
  );
  closing.abort();
  assert.ok((await stream.read()).done);
  assert.equal(news.readers, 0);
});

Deno.test("a reader that goes away is forgotten", async () => {
  const { ask, news, closing } = openHouse();
  const streams = await Promise.all(Array.from({ length: 3 }, () => ask("/api/v1/events")));
  assert.equal(news.readers, 3);
  for (const { body } of streams) await body!.cancel();
  assert.equal(news.readers, 0);
  closing.abort();
});

Deno.test("the number of readers is bounded", async () => {
  const { ask, news, closing } = openHouse();
  const answers = await Promise.all(Array.from({ length: 134 }, () => ask("/api/v1/events")));
  assert.equal(news.readers, 128);
  assert.equal(answers.filter(({ status }) => status === 503).length, 6);
  closing.abort();
  assert.equal(news.readers, 0);
});

Deno.test("a slow reader loses news, never the service's memory, and is told", async () => {
  const hub = new NewsHub();
  const reader = hub.subscribe(new AbortController().signal)!;
  for (let i = 0; i < 100_000; i++) hub.publish("progress", { i });
  const kept: unknown[] = [];
  for (let news = await reader.next(0); news !== "quiet"; news = await reader.next(0)) {
    kept.push(news);
  }
  assert.ok(kept.length <= 256, `${kept.length} were kept`);
  assert.deepEqual(kept[0], { kind: "missed", data: {} });
  assert.deepEqual(kept.at(-1), { kind: "progress", data: { i: 99_999 } });
  reader.leave();
  assert.equal(await reader.next(0), null);
});

Deno.test("eventStream takes nothing from the reader before there is room for it", async () => {
  const hub = new NewsHub();
  const stream = eventStream(hub.subscribe(new AbortController().signal)!).getReader();
  for (let i = 0; i < 1_000; i++) hub.publish("progress", { i });
  await readUntil(stream, "connected");
  assert.match(await readUntil(stream, '"i":999'), /event: missed/);
  await stream.cancel();
  assert.equal(hub.readers, 0);
});

Deno.test("eventStream says that it is still there when nothing happens", async () => {
  const hub = new NewsHub();
  const reader = hub.subscribe(new AbortController().signal)!;
  const stream = eventStream(reader, { heartbeatMs: 5 }).getReader();
  await readUntil(stream, ": still here\n\n: still here");
  await stream.cancel();
});

Deno.test("NewsHub's subscription to a service that has stopped has left already", async () => {
  const hub = new NewsHub();
  const reader = hub.subscribe(AbortSignal.abort())!;
  assert.equal(await reader.next(1_000), null);
  assert.equal(hub.readers, 0);
});

Deno.test("the page listens to every kind of news, and the docs name it", async () => {
  const script = await Deno.readTextFile(
    new URL("../../lib/web/page/live.js", import.meta.url),
  );
  const docs = await Deno.readTextFile(new URL("../../docs/commands.md", import.meta.url));
  const row = docs.split("\n").find((line) => line.includes("GET /api/v1/events"))!;
  for (const kind of [...NEWS_KINDS, "missed"]) {
    assert.ok(script.includes(`"${kind}"`), `live.js: ${kind}`);
    assert.ok(row.includes(`\`${kind}\``), `docs: ${kind}`);
  }
});
