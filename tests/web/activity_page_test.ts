/** The timeline of everything as a page: its sentences, its filters, its pages. */
import assert from "node:assert/strict";
import type { ActivityFilter, ActivityView } from "../../lib/control/mod.ts";
import { EVENT_KINDS } from "../../lib/queue/mod.ts";
import { kindsAbout } from "../../lib/control/mod.ts";
import { fakeControl } from "./fake_control.ts";
import { type FakeLists, fakeLists } from "./fake_lists.ts";
import { openHouse } from "./house.ts";

const HOSTILE = "<img src=x onerror=alert(1)> \u202egpj.exe \u0007";

function eventOf(over: Partial<ActivityView>): ActivityView {
  return {
    seq: 1,
    at: "2026-11-20T20:18:00.000Z",
    kind: "verified",
    from_state: "awaiting_verify",
    to_state: "verified",
    generation: 1,
    detail: {},
    job_id: "5e0b3f66-6f43-4a0e-9d0c-1b0a54a3a001",
    run_path: "/data/FLOW_01/Panel/Runs/Run_1",
    equipment_id: "FLOW_01",
    ...over,
  };
}

function activityHouse(events: readonly ActivityView[], next: number | null = null) {
  const asked: ActivityFilter[] = [];
  const lists: FakeLists = {
    ...fakeLists(),
    activity(filter) {
      asked.push(filter);
      return Promise.resolve({ events, next });
    },
  };
  const { ask } = openHouse(fakeControl(), { lists });
  const page = async (path = "/activity", status = 200) => {
    const answer = await ask(path, { headers: { accept: "text/html" } });
    assert.equal(answer.status, status, path);
    return await answer.text();
  };
  return { asked, page };
}

Deno.test("activity: an event is a sentence beside its run, whatever stands in it", async () => {
  const { page } = activityHouse([
    eventOf({ seq: 3 }),
    eventOf({ seq: 2, kind: "failed", detail: { message: HOSTILE } }),
    eventOf({ seq: 1, run_path: `/data/${HOSTILE}`, equipment_id: HOSTILE, kind: "half_thawed" }),
  ]);
  const text = await page();
  for (const sign of ["<img", "\u202e", "\u0007"]) assert.ok(!text.includes(sign), sign);
  assert.match(text, /data-key="event-3" data-tone="safe"[^]*safe: every file compared/);
  assert.match(text, /data-key="event-2" data-tone="bad"[^]*failed: &lt;img/);
  assert.match(text, /half thawed/, "a newer labferry's kind is shown as it is");
  assert.match(text, /<a href="\/runs\/5e0b3f66-[^"]*">/);
  assert.match(text, /<time datetime="2026-11-20T20:18:00.000Z" title="2026-11-20 20:18:00 UTC"/);
});

Deno.test("activity: every filter of the form is asked for, and kept by the next page", async () => {
  const { asked, page } = activityHouse([eventOf({})], 41);
  const text = await page("/activity?about=trouble&equipment=FLOW_01&day=2026-11-20&before=99");
  const [{ kinds = [], from, until, ...rest }] = asked as [ActivityFilter];
  assert.deepEqual(rest, { limit: 50, equipmentId: "FLOW_01", beforeSeq: 99 });
  assert.ok(kinds.includes("failed") && !kinds.includes("verified"), kinds.join());
  assert.equal(from, new Date(2026, 10, 20).toISOString());
  assert.equal(until, new Date(2026, 10, 21).toISOString());
  assert.match(
    text,
    /href="\/activity\?about=trouble&amp;equipment=FLOW_01&amp;day=2026-11-20&amp;before=41" rel="next"/,
  );
  await page("/activity?about=trouble&kind=pinned");
  assert.deepEqual(asked[1]!.kinds, ["pinned"], "the kind is the narrower one");
  await page("/activity?about=&equipment=&day=&kind=");
  assert.deepEqual(asked[2], { limit: 50 });
});

Deno.test("activity: a filter that is none is refused in words", async () => {
  const { asked, page } = activityHouse([]);
  for (const query of ["about=nothing", "kind=constructor", "day=yesterday", "before=x"]) {
    assert.match(await page(`/activity?${query}`, 400), /is no (about|kind|day|before)/);
  }
  assert.deepEqual(asked, []);
});

Deno.test("activity: nothing yet, nothing that fits, and nothing so far are three things", async () => {
  assert.match(await activityHouse([]).page(), /begins with the first run/);
  assert.match(await activityHouse([]).page("/activity?about=people"), /Nothing fits\./);
  const far = await activityHouse([], 7).page("/activity?about=people");
  assert.match(far, /href="\/activity\?about=people&amp;before=7">Look further back/);
});

Deno.test("activity: every kind is about one thing", () => {
  const gathered = (["trouble", "people", "way", "proof", "room"] as const).flatMap(kindsAbout);
  assert.deepEqual(gathered.toSorted(), [...EVENT_KINDS].toSorted());
});
