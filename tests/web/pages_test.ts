/** The pages without a browser: what they hold, what a form does, and who may send one. */
import assert from "node:assert/strict";
import { fakeControl, jobOf } from "./fake_control.ts";
import { fakeGate, findingOf, overrideOf } from "./fake_gate.ts";
import { fakeReading } from "./fake_reading.ts";
import { cookieOf, openHouse, OUR_HOST } from "./house.ts";

const HOSTILE = "</script><img src=x onerror=alert(1)> \u202egpj.exe \u0007";
const FORM = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };

async function session({ ask, sessions }: ReturnType<typeof openHouse>): Promise<string> {
  return cookieOf(await ask(`/open/${sessions.createLink()}`));
}

Deno.test("pages take names as text, and run nothing that stands in them", async () => {
  const job = jobOf({
    run_path: `/data/${HOSTILE}`,
    far_path: `${HOSTILE}/Runs/${HOSTILE}`,
    state: "queued",
    hold: "gate",
    hold_reason: HOSTILE,
    last_error: { code: "unknown", message: HOSTILE, hint: HOSTILE },
  });
  const control = fakeControl([job]);
  const gate = fakeGate([
    findingOf({
      run_path: job.run_path,
      offending_path: `${job.run_path}/x`,
      rule_detail: HOSTILE,
    }),
  ]);
  gate.overridesNow = [overrideOf({ operator: HOSTILE, reason: HOSTILE })];
  const { ask } = openHouse(control, { gate });
  for (const path of ["/", `/runs/${job.id}`, `/runs/${job.id}/files`, "/problems", "/reports"]) {
    const answer = await ask(path);
    assert.equal(answer.status, 200, path);
    const text = await answer.text();
    for (const sign of ["<img", "\u202e", "\u0007"]) assert.ok(!text.includes(sign), path);
    assert.doesNotMatch(text, /<script>|<style|style="|onclick|javascript:/, path);
    assert.doesNotMatch(text, /<form method="post"/, "nothing to press without a session");
  }
});

Deno.test("a run's page calls no damaged copy safe, nor one that lies at a staging area", async () => {
  const at = "2026-11-20T20:19:00.000Z";
  const alarm = { code: "far_copy_damaged", since: at, files: 1 } as const;
  const textOf = async (about: Parameters<typeof jobOf>[0]) => {
    const { ask } = openHouse(fakeControl([jobOf(about)]));
    return await (await ask(`/runs/${jobOf().id}`)).text();
  };
  assert.match(await textOf({}), /Safe as of/);
  const damaged = await textOf({ state: "cleaned", alarm });
  assert.doesNotMatch(damaged, /Safe as of/);
  assert.match(damaged, /its copy is damaged/);
  assert.doesNotMatch(damaged, /copy on this PC|retry sends/i, "there is none, and it is refused");
  assert.match(damaged, /backup or a snapshot/);
  const staged = await textOf({ handed_over: true });
  assert.doesNotMatch(staged, /Safe as of/);
  assert.match(staged, /Compared at the staging area/);
});

Deno.test("the live script puts nothing into the page as markup", async () => {
  const { ask } = openHouse();
  const script = await (await ask("/live.js")).text();
  assert.doesNotMatch(script, /innerHTML|insertAdjacentHTML|document\.write|outerHTML|eval\(/);
});

Deno.test("the first page is at most 60 kB with all that it loads", async () => {
  const jobs = Array.from({ length: 60 }, (_, i) => jobOf({ id: `job-${i}` }));
  const { ask } = openHouse(fakeControl(jobs));
  let bytes = 0;
  for (const path of ["/", "/site.css", "/live.js"]) {
    bytes += (await (await ask(path)).bytes()).length;
  }
  assert.ok(bytes < 60_000, String(bytes));
});

Deno.test("a form does what it says, and the browser is sent back to read it", async () => {
  const house = openHouse(fakeControl([jobOf()]));
  const { ask, control } = house;
  const { id } = jobOf();
  const headers = { ...FORM, cookie: await session(house), origin: `http://${OUR_HOST}` };
  const presses: [string, string, string][] = [
    [`/runs/${id}/retry`, "", `retry ${id}`],
    [`/runs/${id}/cancel`, "", `cancel ${id}`],
    [`/runs/${id}/verify`, "", `verify ${id}`],
    [`/runs/${id}/pin`, "", `pin ${id} true`],
    [`/runs/${id}/unpin`, "", `pin ${id} false`],
    [
      `/runs/${id}/accept-missing`,
      "operator=Ada&reason=rotten",
      `retry ${id} without what Ada gave up`,
    ],
    [`/runs/${id}/restore`, "to=&only=a%2F*", `restore ${id} only a/*`],
    ["/pause", "equipment=FLOW_01", "pause FLOW_01"],
    ["/resume", "", "resume *"],
    ["/retry-all", "", "retryAll"],
    ["/complete", "run=%2Fdata%2Fr", "complete /data/r"],
  ];
  for (const [path, body, change] of presses) {
    const answer = await ask(path, { method: "POST", body, headers });
    assert.equal(answer.status, 303, path);
    assert.equal(control.changes.at(-1), change);
    const to = answer.headers.get("location")!;
    const page = await (await ask(to)).text();
    assert.match(page, /class="notice"[^>]*role="status"/, to);
  }
  assert.equal(control.changes.length, presses.length);
  for (const [path] of presses) {
    assert.notEqual((await ask(path)).status, 303, "a GET changes nothing");
  }
  assert.equal(control.changes.length, presses.length);
});

const LOST = {
  count: 2,
  names: ["<a>.dat", "b.dat"],
  differing: { count: 1, names: ["b.dat"] },
  digest: "f".repeat(64),
};

Deno.test("a loss is accepted where every lost file is named, with how it is lost, and as it was shown", async () => {
  const control = fakeControl([
    jobOf({ state: "failed", last_error: { code: "source_vanished", message: "gone" } }),
  ]);
  const reading = fakeReading(control);
  reading.detailNow = { lost: LOST };
  const house = openHouse(control, { reading });
  const headers = { cookie: await session(house) };
  const page = await (await house.ask(`/runs/${jobOf().id}`, { headers })).text();
  const form = /<details class="person"[^>]*do-accept-missing[^]*?<\/details>/.exec(page)![0];
  assert.match(form, new RegExp(`<input type="hidden" name="shown" value="${LOST.digest}"`));
  const words = form.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
  assert.match(
    words,
    /Gone here, and over there missing or not proven: 1 file &lt;a&gt;\.dat Gone here, and different over there: 1 file b\.dat /,
  );
  // Of a run that is lost as a whole nothing can be gone on with, nor of one that failed for else.
  for (const lost of [{ ...LOST, count: jobOf().files }, null]) {
    reading.detailNow = { lost };
    const none = await (await house.ask(`/runs/${jobOf().id}`, { headers })).text();
    assert.match(none, /do-retry/);
    assert.doesNotMatch(none, /do-accept-missing/);
  }
});

Deno.test("a form that is not complete comes back with what was typed, and changes nothing", async () => {
  const reading = fakeReading(fakeControl());
  const control = fakeControl([
    jobOf({ state: "failed", last_error: { code: "source_vanished", message: "gone" } }),
  ]);
  const lists = fakeReading(control);
  lists.detailNow = { lost: LOST };
  const house = openHouse(control, { reading: { ...lists, home: reading.home } });
  const path = `/runs/${jobOf().id}/accept-missing`;
  const headers = { ...FORM, cookie: await session(house) };
  const body = `operator=&reason=the+disk+%3Cdied%3E&shown=${LOST.digest}`;
  const answer = await house.ask(path, { method: "POST", body, headers });
  assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
  const page = await answer.text();
  assert.match(page, /role="alert"[^]*Say who you are\./);
  assert.match(page, /value="the disk &lt;died&gt;"/);
  assert.match(page, /<details class="person"[^>]*do-accept-missing[^>]* open/);
  assert.deepEqual(control.changes, []);
});

Deno.test("a form needs the session, and has to come from here", async () => {
  const house = openHouse(fakeControl([jobOf()]));
  const cookie = await session(house);
  const post = (headers: Record<string, string>) =>
    house.ask("/pause", { method: "POST", body: "", headers: { ...FORM, ...headers } });
  assert.equal((await post({})).status, 401);
  assert.equal((await post({ cookie: "labferry_session_8787=guess" })).status, 401);
  assert.equal((await post({ cookie, origin: "http://evil.example" })).status, 403);
  assert.equal((await post({ cookie, "sec-fetch-site": "cross-site" })).status, 403);
  const json = { cookie, "content-type": "text/plain" };
  assert.ok((await post(json)).status >= 400, "another kind of body is no form");
  assert.deepEqual(house.control.changes, []);
});

Deno.test("what is said after a change cannot be put into an address", async () => {
  const { ask } = openHouse();
  const page = await (await ask("/?note=All+is+lost")).text();
  assert.doesNotMatch(page, /All is lost/);
});

Deno.test("Problems says that nothing was found only after a look", async () => {
  const gate = fakeGate();
  const { ask } = openHouse(fakeControl([jobOf()]), { gate });
  const textOf = async () => await (await ask("/problems")).text();
  assert.match(await textOf(), /Nothing was found/);
  gate.view = { ...gate.view, audited_at: null, runs: 0 };
  const before = await textOf();
  assert.match(before, /first look at all runs is under way/);
  assert.doesNotMatch(before, /Nothing was found/);
});
