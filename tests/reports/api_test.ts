import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/mod.ts";
import { createApp, NewsHub, Sessions } from "../../lib/web/mod.ts";
import { fakeControl } from "../web/fake_control.ts";
import { CLI, testStore } from "./support.ts";

const TOKEN = "the-token";
const HOST = "127.0.0.1:8787";

function appWith(reports: Parameters<typeof createApp>[0]["reports"]) {
  const app = createApp({
    control: fakeControl(),
    news: new NewsHub(),
    sessions: new Sessions(systemClock),
    port: 8787,
    token: TOKEN,
    version: "1.2.3",
    signal: new AbortController().signal,
    ...(reports ? { reports } : {}),
  });
  return async (path: string, init: RequestInit = {}) =>
    await app.request(`http://${HOST}/api/v1/reports${path}`, {
      ...init,
      headers: { host: HOST, ...init.headers },
    });
}

const note = (body: unknown, token = TOKEN): RequestInit => ({
  method: "POST",
  headers: { authorization: `Bearer ${token}` },
  body: JSON.stringify(body),
});

Deno.test("GET /api/v1/reports lists reports and shows one by id, prefix or title", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex Q3" }, CLI);
  const ask = appWith(t.store);
  const { reports } = await (await ask("")).json();
  assert.deepEqual(reports.map((one: { current_title: string }) => one.current_title), [
    "Cortex Q3",
  ]);
  for (const ref of [report.id, report.id.slice(0, 8), "Cortex%20Q3"]) {
    const shown = await (await ask(`/${ref}`)).json();
    assert.equal(shown.report.report_id, report.id);
    assert.equal(shown.chain.seq, 1);
  }
  assert.equal((await ask("/nothing")).status, 404);
  assert.equal((await ask("?status=wrong")).status, 400);
});

Deno.test("POST /api/v1/reports/:id/notes needs the token, an author and the right version", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  const ask = appWith(t.store);
  const path = `/${report.id}/notes`;
  const body = { text: "out of focus", author: "Ada" };
  assert.equal((await ask(path, note(body, "wrong"))).status, 401);
  assert.equal((await ask(path, note({ text: "x" }))).status, 400);
  assert.equal((await ask(path, note({ ...body, author: "   " }))).status, 400);
  assert.equal((await ask(path, note({ ...body, outline_version: 7 }))).status, 409);
  const answer = await ask(path, note(body));
  assert.equal(answer.status, 201);
  assert.equal((await answer.json()).outline_version, 2);
  const { outline } = await report.read();
  assert.deepEqual(outline.insights.map(({ summary }) => summary), ["out of focus"]);
  const last = (await Array.fromAsync(report.history())).at(-1)!.event!;
  assert.equal(last.actor, "human");
  assert.equal(last.payload["author"], "Ada");
});

Deno.test("GET /api/v1/reports is not there without a store", async () => {
  assert.equal((await appWith(undefined)("")).status, 404);
});
