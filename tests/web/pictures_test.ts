/** The pictures: what is drawn, what is said of it, and that a table holds the same. */
import assert from "node:assert/strict";
import type { PaceView } from "../../lib/control/mod.ts";
import { fakeControl } from "./fake_control.ts";
import { fakeLists } from "./fake_lists.ts";
import { dayOf, NO_PACE, PACE } from "./fake_pace.ts";
import { fakeReading } from "./fake_reading.ts";
import { openHouse } from "./house.ts";

async function pageOf(path: string, pace: PaceView): Promise<string> {
  const control = fakeControl();
  const reading = { ...fakeReading(control), pace: () => Promise.resolve(pace) };
  const answer = await openHouse(control, { reading, lists: fakeLists() }).ask(path);
  assert.equal(answer.status, 200);
  return await answer.text();
}

const figure = (page: string, id: string) =>
  new RegExp(`<figure[^>]*data-key="picture-${id}">[^]*?</figure>`).exec(page)?.[0] ?? "";

Deno.test("each picture is named by its sentence, and has a table of what it shows", async () => {
  const page = await pageOf("/activity", PACE);
  for (const id of ["sent", "waiting", "time-to-safe", "calendar"]) {
    const one = figure(page, id);
    assert.match(one, new RegExp(`<figcaption id="${id}-said">`), id);
    assert.match(one, new RegExp(`<svg [^>]*role="img" aria-labelledby="${id}-said"`), id);
    assert.match(one, /<summary>As a table<\/summary><table>/, id);
    // The policy of the page allows no style of an element.
    assert.doesNotMatch(one, / style=/, id);
  }
  assert.match(figure(page, "sent"), /4\.2 GB in the last 24 hours, the most in the hour from/);
  assert.match(figure(page, "waiting"), /at most 4 runs at a time in the last 24 hours, 0 in this/);
  assert.match(
    figure(page, "time-to-safe"),
    /half of 3 runs within 4 min, nine of ten within 10 min/,
  );
  assert.equal(figure(page, "time-to-safe").match(/<tr>/g)!.length, 9);
});

Deno.test("the calendar marks a day of which a run needs somebody, and leads to its runs", async () => {
  const calendar = figure(await pageOf("/activity", PACE), "calendar");
  assert.match(calendar, /4 runs, 4\.2 GB in the last 12 weeks; [^<]*; of 1 day a run needs you/);
  assert.equal(calendar.match(/<rect /g)!.length, 84);
  assert.match(
    calendar,
    /<title>2026-11-26: 4\.2 GB, 1 need you, 3 safe<\/title><rect [^>]*class="day depth-4"/,
  );
  assert.equal(calendar.match(/class="needs"/g)!.length, 1);
  assert.match(calendar, /<a href="\/\?from=2026-11-26&amp;until=2026-11-26#runs">2026-11-26<\/a>/);
  // A Thursday is in the fourth row.
  assert.match(calendar, /<rect x="188" y="53"/);
});

Deno.test("a day with runs on the way is no safe day", async () => {
  const today = dayOf(0, { runs: { ...dayOf(0).runs, safe: 1, on_the_way: 1 } });
  const page = await pageOf("/activity", { ...PACE, days: [...PACE.days.slice(0, -1), today] });
  assert.equal(figure(page, "calendar").match(/class="open"/g)!.length, 1);
});

Deno.test("before the first run the pictures say so, and the first page has none", async () => {
  const page = await pageOf("/activity", NO_PACE);
  assert.match(figure(page, "sent"), /nothing in the last 24 hours/);
  assert.match(figure(page, "waiting"), /nothing waited/);
  assert.match(figure(page, "time-to-safe"), /no run became safe in the last 7 days/);
  assert.match(figure(page, "calendar"), /no run came in the last 12 weeks/);
  assert.doesNotMatch(page, /As a table/);
  assert.doesNotMatch(await pageOf("/", NO_PACE), /<figure/);
});

Deno.test("the first page shows lately in small, and Storage four weeks", async () => {
  const home = await pageOf("/", PACE);
  assert.match(home, /<section class="lately"[^]*4\.2 GB in the last 24 hours/);
  assert.match(home, /Safe within 4 min[^]*nine of ten\s+within 10 min/);
  assert.match(figure(await pageOf("/storage", PACE), "days"), /4\.2 GB in the last 28 days/);
});

Deno.test("who filters the activity is not shown pictures of all of it", async () => {
  assert.doesNotMatch(await pageOf("/activity?about=trouble", PACE), /<figure/);
});
