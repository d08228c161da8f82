import assert from "node:assert/strict";
import { Sessions } from "../../lib/web/mod.ts";
import { codeOf, cookieOf, openHouse } from "./house.ts";

Deno.test("a one-time link buys one HttpOnly, SameSite=Strict session", async () => {
  const { ask, sessions } = openHouse();
  const path = `/open/${sessions.createLink()}`;
  const opened = await ask(path);
  const given = opened.headers.get("set-cookie") ?? "";
  assert.match(given, /^labferry_session_8787=[\w-]{32}; /);
  assert.match(given, /HttpOnly/);
  assert.match(given, /SameSite=Strict/);
  assert.match(await opened.text(), /url=\/"/);
  const page = await ask("/", { headers: { cookie: cookieOf(opened) } });
  assert.match(await page.text(), /data-rights="change"/);

  const again = await ask(path);
  assert.equal(await codeOf(again), "403 link_used");
  assert.equal(again.headers.get("set-cookie"), null);
});

Deno.test("a glance at the link does not use it up", async () => {
  const { ask, sessions } = openHouse();
  const path = `/open/${sessions.createLink()}`;
  const glance = await ask(path, { method: "HEAD" });
  assert.equal(glance.headers.get("set-cookie"), null);
  assert.equal((await ask(path)).status, 200);
});

Deno.test("only the token makes links, and no GET does", async () => {
  const { ask, askWithToken } = openHouse();
  assert.equal((await askWithToken("/api/v1/session-link")).status, 404);
  assert.equal(
    await codeOf(await ask("/api/v1/session-link", { method: "POST" })),
    "401 token_required",
  );
  const { path } = await (await askWithToken("/api/v1/session-link", { method: "POST" })).json();
  assert.equal((await ask(path)).status, 200);
});

Deno.test("a page without a session is read-only and says so", async () => {
  const { ask } = openHouse();
  for (const cookie of ["", "labferry_session_8787=guess", "labferry_session_8788=guess"]) {
    assert.match(await (await ask("/", { headers: { cookie } })).text(), /data-rights="read"/);
  }
});

Deno.test("Sessions lets a link grow old and keeps the number of sessions bounded", () => {
  let nowMs = 0;
  const sessions = new Sessions({
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    sleep: () => Promise.reject(new Error("nobody sleeps here")),
  });
  const link = sessions.createLink();
  const patient = sessions.createLink(120_000);
  nowMs = 60_001;
  assert.equal(sessions.redeem(link), null);
  const first = sessions.redeem(patient)!;
  assert.ok(sessions.isSession(first));
  for (let i = 0; i < 100; i++) sessions.redeem(sessions.createLink());
  assert.ok(!sessions.isSession(first));
});
