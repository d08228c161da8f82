import assert from "node:assert/strict";
import { Hono } from "hono";
import { wholeAnswers } from "../../lib/web/whole_answers.ts";
import { fakeControl, jobOf } from "./fake_control.ts";
import { cookieOf, openHouse } from "./house.ts";

/** An app whose answers say how many were made before them. */
function counting() {
  let drawings = 0;
  const app = new Hono();
  app.use(wholeAnswers({ readerOf: (c) => c.req.header("reader") ?? "" }));
  app.get("/counted/:id", (c) => c.json({ id: c.req.param("id"), drawing: ++drawings }));
  app.get("/own", (c) => {
    c.header("Set-Cookie", `session=${++drawings}`);
    return c.html("yours");
  });
  app.get("/endless", (c) => {
    drawings++;
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    });
    return c.body(stream, 200, { "content-type": "text/event-stream" });
  });
  app.get("/failing", () => {
    drawings++;
    throw new Error("the queue is away");
  });
  app.onError((error, c) => c.json({ detail: error.message }, 503));
  app.post("/counted/:id", (c) => c.json({ drawing: ++drawings }));
  return { app, drawings: () => drawings };
}

const textsOf = async (asked: readonly (Response | Promise<Response>)[]) =>
  await Promise.all((await Promise.all(asked)).map((answer) => answer.text()));

Deno.test("wholeAnswers makes one answer for all who ask at once, and another for who asks later", async () => {
  const { app, drawings } = counting();
  const texts = await textsOf(Array.from({ length: 100 }, () => app.request("/counted/1")));
  assert.equal(drawings(), 1);
  assert.deepEqual(new Set(texts), new Set(['{"id":"1","drawing":1}']));
  assert.equal(await (await app.request("/counted/1")).text(), '{"id":"1","drawing":2}');
});

Deno.test("wholeAnswers tells nobody what was true before they asked", async () => {
  const app = new Hono();
  let truth = "old";
  const begun = Promise.withResolvers<void>();
  const read = Promise.withResolvers<void>();
  app.use(wholeAnswers({ readerOf: () => "" }));
  app.get("/", async (c) => {
    const said = truth;
    begun.resolve();
    await read.promise;
    return c.json(said);
  });
  const first = app.request("/");
  await begun.promise;
  truth = "new";
  const second = app.request("/");
  read.resolve();
  assert.deepEqual(await textsOf([first, second]), ['"old"', '"new"']);
});

Deno.test("wholeAnswers shares nothing between addresses, readers or methods", async () => {
  const { app, drawings } = counting();
  const texts = await textsOf([
    app.request("/counted/1"),
    app.request("/counted/2"),
    app.request("/counted/1?cursor=a"),
    app.request("/counted/1", { headers: { reader: "with the right to change" } }),
    app.request("/counted/1", { method: "POST" }),
  ]);
  assert.equal(drawings(), 5);
  assert.equal(new Set(texts).size, 5);
});

Deno.test("wholeAnswers never shares what is one reader's alone, and what has no end", async () => {
  const { app } = counting();
  const owned = await Promise.all([app.request("/own"), app.request("/own")]);
  const cookies = owned.map((answer) => answer.headers.get("set-cookie"));
  assert.deepEqual(cookies, ["session=1", "session=2"]);
  const endless = await Promise.all([app.request("/endless"), app.request("/endless")]);
  for (const { body } of endless) {
    const reader = body!.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "data: 1\n\n");
    await reader.cancel();
  }
});

Deno.test("wholeAnswers lets a failure be told to all who asked, and the next one try again", async () => {
  const { app, drawings } = counting();
  const failed = await Promise.all([app.request("/failing"), app.request("/failing")]);
  assert.deepEqual(failed.map(({ status }) => status), [503, 503]);
  assert.equal(failed[0]!.headers.get("etag"), null);
  const before = drawings();
  await app.request("/failing");
  assert.equal(drawings(), before + 1);
});

Deno.test("wholeAnswers tells each who asks at once whether what he has is still true", async () => {
  const { app, drawings } = counting();
  const tag = (await app.request("/counted/1")).headers.get("etag")!;
  const known = { headers: { "if-none-match": tag } };
  const changed = await Promise.all([app.request("/counted/1", known), app.request("/counted/1")]);
  assert.deepEqual(changed.map(({ status }) => status), [200, 200]);
  const now = { headers: { "if-none-match": changed[0]!.headers.get("etag")! } };
  assert.equal(drawings(), 2);
  const house = openHouse(fakeControl([jobOf()]));
  const status = (await house.ask("/api/v1/status")).headers.get("etag")!;
  const [has, hasNot] = await Promise.all([
    house.ask("/api/v1/status", { headers: { "if-none-match": status } }),
    house.ask("/api/v1/status", now),
  ]);
  assert.deepEqual([has.status, await has.text()], [304, ""]);
  assert.equal(hasNot.status, 200);
});

Deno.test("who may change things and who may not are drawn their own page at the same time", async () => {
  const house = openHouse(fakeControl([jobOf()]));
  const cookie = cookieOf(await house.ask(`/open/${house.sessions.createLink()}`));
  const headers = { accept: "text/html" };
  const pages = await Promise.all([
    house.ask("/", { headers }),
    house.ask("/", { headers: { ...headers, cookie } }),
    house.ask("/", { headers: { ...headers, cookie: cookie.replace(/=.*/, "=guessed") } }),
    house.ask("/", { headers: { ...headers, cookie } }),
  ]);
  const rights = (await textsOf(pages)).map((text) => /data-rights="(\w+)"/.exec(text)?.[1]);
  assert.deepEqual(rights, ["read", "change", "read", "change"]);
});

Deno.test("one link asked for twice at once lets one of them in", async () => {
  const house = openHouse(fakeControl());
  const link = `/open/${house.sessions.createLink()}`;
  const answers = await Promise.all([house.ask(link), house.ask(link)]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 403]);
  assert.deepEqual(answers.map(cookieOf).map((cookie) => cookie !== ""), [true, false]);
});
