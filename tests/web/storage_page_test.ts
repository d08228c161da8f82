/** The disks and the local copies as a page. */
import assert from "node:assert/strict";
import type { RoomView, StorageView } from "../../lib/control/mod.ts";
import { fakeControl, jobOf } from "./fake_control.ts";
import { fakeReading } from "./fake_reading.ts";
import { openHouse } from "./house.ts";

const HOSTILE = "<img src=x onerror=alert(1)> \u202egpj.exe \u0007";
const DISK: StorageView = {
  roots: ["/data"],
  equipment: ["FLOW_01"],
  total_bytes: 1e12,
  free_bytes: 2e11,
  bytes_per_day: 5e10,
  full_at: "2026-12-01T00:00:00.000Z",
  proven_bytes: 3e11,
  warning: null,
  no_space_gained: false,
};
const EMPTY: RoomView = { disks: [], enabled: false, proven: [], pinned: [], went: [] };

async function pageOf(room: Partial<RoomView>): Promise<string> {
  const control = fakeControl();
  const reading = { ...fakeReading(control), room: () => Promise.resolve({ ...EMPTY, ...room }) };
  const answer = await openHouse(control, { reading }).ask("/storage");
  assert.equal(answer.status, 200);
  return await answer.text();
}

Deno.test("storage: a disk says what is free, and when it is full", async () => {
  const page = await pageOf({ disks: [DISK, { ...DISK, roots: ["/b"], full_at: null }] });
  assert.match(page, /<b>200 GB free<\/b> <span>of 1\.0 TB; 300 GB of what is on it are proven/);
  assert.match(page, /Full about <time datetime="2026-12-01T00:00:00.000Z"[^]*50\.0 GB come/);
  assert.match(page, /50\.0 GB come on a usual day: it is not full for a hundred years/);
  assert.doesNotMatch(page, /Nothing came lately/);
  const idle = await pageOf({ disks: [{ ...DISK, bytes_per_day: 0, full_at: null }] });
  assert.match(idle, /Nothing came lately, so nobody can say when it is full/);
  // 80 % is used and 50 GB come a day: full after 4 of the 14 days that are looked ahead.
  assert.match(page, /<path class="used" d="M0 40L0 8\.8L28\.6 1\.0L100 1\.0V40z"/);
  assert.match(page, /<svg[^>]* role="img" aria-labelledby="disk-1-said"/);
  const short = await pageOf({
    disks: [{ ...DISK, warning: "almost_full", no_space_gained: true }],
  });
  assert.match(short, /data-tone="bad"[^]*class="trouble"[^]*Deleting made no room here/);
});

Deno.test("storage: what may go says when at the earliest, and for what it waits", async () => {
  const job = jobOf({ bytes: 3_000_000 });
  const from = "2026-12-03T10:00:00.000Z";
  const page = await pageOf({
    enabled: true,
    proven: [{ job, from, waitsFor: "1 of 2 complete comparisons made" }],
    went: [{ job: jobOf({ id: "gone" }), at: from, bytes: 7_000_000 }, {
      job: jobOf({ id: "older" }),
      at: null,
      bytes: null,
    }],
  });
  assert.match(page, /May go, at the earliest[^]*2026-12-03T10:00[^]*1 of 2 complete comparisons/);
  assert.match(page, /data-key="went-gone"[^]*7(\.0)? MB[^]*data-key="went-older"[^]*not known/);
  assert.match(page, /before this queue began/);
  assert.doesNotMatch(page, /not deleted here/);
});

Deno.test("storage: empty says so in each part, and that nothing is deleted where that is so", async () => {
  const page = await pageOf({});
  assert.equal(page.match(/class="empty"/g)?.length, 4);
  assert.match(page, /Local copies are not deleted here/);
});

Deno.test("storage: names with markup are text", async () => {
  const job = jobOf({ far_path: `${HOSTILE}/Runs/${HOSTILE}`, equipment_id: HOSTILE });
  const page = await pageOf({
    disks: [{ ...DISK, roots: [HOSTILE], equipment: [HOSTILE] }],
    proven: [{ job, from: null, waitsFor: "no" }],
    pinned: [job],
    went: [{ job, at: "2026-12-03T10:00:00.000Z", bytes: 1 }],
  });
  for (const sign of ["<img", "\u202e", "\u0007"]) assert.ok(!page.includes(sign), sign);
});
