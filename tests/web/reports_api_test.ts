import assert from "node:assert/strict";
import { addNote, ReportStore } from "../../lib/reports/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { fakeControl } from "./fake_control.ts";
import { codeOf, openHouse } from "./house.ts";

const HUMAN = { actor: "human" } as const;

async function threeNotes() {
  const dir = await tempDir();
  const reports = new ReportStore(dir.join("reports"));
  const report = await reports.create({ title: "Cortex" }, HUMAN);
  for (const text of ["one", "two", "three"]) {
    await report.change(addNote({ text, author: "Ada" }), HUMAN);
  }
  const at = `/api/v1/reports/${report.id}`;
  return {
    ...openHouse(fakeControl(), { reports }),
    at,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

Deno.test("GET /api/v1/reports/:id/history goes back page by page, each line once", async () => {
  await using house = await threeNotes();
  const versions: (number | null)[] = [];
  let cursor = "";
  do {
    const page = await (await house.ask(`${house.at}/history?limit=3${cursor}`)).json();
    versions.push(...page.events.map(({ version }: { version: number }) => version));
    cursor = page.next === null ? "" : `&cursor=${page.next}`;
  } while (cursor !== "");
  assert.deepEqual(versions.slice(0, 3), [4, 3, 2]);
  assert.equal(versions.length, 4);
  assert.equal(await codeOf(await house.ask(`${house.at}/history?cursor=x`)), "400 usage");
});

Deno.test("GET /api/v1/reports/:id/diff compares the versions that are asked for", async () => {
  await using house = await threeNotes();
  const last = await (await house.ask(`${house.at}/diff`)).json();
  assert.deepEqual([last.from, last.to], [3, 4]);
  assert.ok(last.differences.some(({ what }: { what: string }) => what.includes("three")));
  const all = await (await house.ask(`${house.at}/diff?from=1&to=3`)).json();
  assert.ok(all.differences.some(({ what }: { what: string }) => what.includes("two")));
  assert.equal(await codeOf(await house.ask(`${house.at}/diff?to=1`)), "400 unknown_version");
  assert.equal(await codeOf(await house.ask(`${house.at}/diff?from=0`)), "400 usage");
});

Deno.test("POST /api/v1/reports/:id/revert needs a name, and undoes what it is asked to", async () => {
  await using house = await threeNotes();
  const { events } = await (await house.ask(`${house.at}/history`)).json();
  const action = events[0].action_id;
  const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) });
  assert.equal(
    await codeOf(await house.ask(`${house.at}/revert`, post({ action, author: "Ada" }))),
    "401 token_required",
  );
  const nameless = await house.askWithToken(`${house.at}/revert`, post({ action, author: " " }));
  assert.equal(await codeOf(nameless), "400 usage");
  const stale = { action, author: "Ada", outline_version: 1 };
  assert.equal((await house.askWithToken(`${house.at}/revert`, post(stale))).status, 409);
  const done = await house.askWithToken(`${house.at}/revert`, post({ action, author: "Ada" }));
  assert.equal((await done.json()).outline_version, 5);
  const { report } = await (await house.ask(house.at)).json();
  assert.ok(!JSON.stringify(report.insights).includes("three"));
  const { events: after } = await (await house.ask(`${house.at}/history`)).json();
  assert.equal(after[0].who, "Ada");
});
