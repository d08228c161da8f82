import assert from "node:assert/strict";
import { fakeControl, jobOf } from "./fake_control.ts";
import { fakeLists, SETTINGS } from "./fake_lists.ts";
import { PACE } from "./fake_pace.ts";
import { codeOf, openHouse } from "./house.ts";

Deno.test("GET /api/v1/jobs/:id/files goes through a list by a cursor, whatever the names hold", async () => {
  const paths = ["a.csv", "b \u202e<script>.csv", "ö/../c.csv", "line\nbreak"];
  const lists = fakeLists(paths);
  const { ask } = openHouse(fakeControl(), { lists });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await (await ask(`/api/v1/jobs/x/files?limit=1&search=c&odd=true${more}`)).json();
    seen.push(...page.files.map(({ path }: { path: string }) => path));
    cursor = page.next;
  } while (cursor !== null);
  assert.deepEqual(seen, paths);
  assert.deepEqual(lists.asked[0], { ref: "x", limit: 1, search: "c", odd: true });
  assert.equal(await codeOf(await ask("/api/v1/jobs/x/files?odd=perhaps")), "400 usage");
});

Deno.test("GET /api/v1/activity hands its filters on, instants in any zone", async () => {
  const lists = fakeLists();
  const { ask } = openHouse(fakeControl(), { lists });
  const query = "run=r&equipment=E&kind=failed,verified&from=2026-11-20T20:18:00%2B01:00";
  const { next } = await (await ask(`/api/v1/activity?${query}`)).json();
  assert.deepEqual(lists.asked, [{
    limit: 100,
    run: "r",
    equipmentId: "E",
    kinds: ["failed", "verified"],
    from: "2026-11-20T19:18:00.000Z",
  }]);
  assert.equal((await (await ask(`/api/v1/activity?cursor=${next}`)).json()).next, null);
  for (const wrong of ["from=yesterday", "limit=1001", "cursor=eyJ9", "until=2026-11-20"]) {
    assert.equal(await codeOf(await ask(`/api/v1/activity?${wrong}`)), "400 usage", wrong);
  }
});

Deno.test("GET /api/v1/runs, storage, pace and settings answer as they are documented", async () => {
  const lists = fakeLists();
  const settings = () => Promise.resolve(SETTINGS);
  const { ask } = openHouse(fakeControl(), { lists, settings });
  assert.equal((await (await ask("/api/v1/runs?outcome=safe&order=name")).json()).total, 1);
  assert.deepEqual(lists.asked, [{ outcome: "safe", order: "name", limit: 100 }]);
  assert.deepEqual(await (await ask("/api/v1/storage")).json(), { disks: [], went: [] });
  assert.deepEqual(await (await ask("/api/v1/pace")).json(), PACE);
  assert.deepEqual(await (await ask("/api/v1/settings")).json(), SETTINGS);
});

Deno.test("POST /api/v1/jobs/:id/accept-missing and complete do what the command line does", async () => {
  const job = jobOf();
  const { ask, askWithToken, control } = openHouse(fakeControl([job]));
  const at = `/api/v1/jobs/${job.id}`;
  const word = { operator: "Ada", reason: "lost in the power cut" };
  const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) });
  assert.equal(await codeOf(await ask(`${at}/accept-missing`, post(word))), "401 token_required");
  for (const gap of ["operator", "reason"]) {
    const answer = await askWithToken(`${at}/accept-missing`, post({ ...word, [gap]: " " }));
    assert.equal(await codeOf(answer), "400 usage");
  }
  assert.equal((await askWithToken(`${at}/accept-missing`, post(word))).status, 200);
  assert.equal((await askWithToken(`${at}/complete`, { method: "POST" })).status, 200);
  assert.deepEqual(control.changes, [
    `retry ${job.id} without what Ada gave up`,
    `complete ${job.run_path}`,
  ]);
});

Deno.test("a read that is asked again is answered by 304, with every protecting header", async () => {
  const { ask, control } = openHouse(fakeControl([jobOf()]));
  const first = await ask("/api/v1/status");
  const etag = first.headers.get("etag")!;
  assert.match(etag, /^"[\w-]{22}"$/);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await ask("/api/v1/status", { headers: { "if-none-match": known } });
    assert.equal(again.status, 304, known);
    assert.equal(await again.text(), "");
    assert.equal(again.headers.get("etag"), etag);
    assert.equal(again.headers.get("x-content-type-options"), "nosniff");
  }
  control.jobsNow = [jobOf({ pinned: true })];
  const other = await ask("/api/v1/status", { headers: { "if-none-match": etag } });
  assert.equal(other.status, 200);
  assert.notEqual(other.headers.get("etag"), etag);
  const refused = await ask("/api/v1/jobs/nobody", { headers: { "if-none-match": "*" } });
  assert.equal(refused.status, 404);
});
