/** The settings as a page: every value with its origin, and what is wrong with the file. */
import assert from "node:assert/strict";
import type { SettingsView } from "../../lib/control/mod.ts";
import { fakeControl } from "./fake_control.ts";
import { SETTINGS } from "./fake_lists.ts";
import { openHouse } from "./house.ts";

const HOSTILE = "</code><img src=x onerror=alert(1)> \u202egpj.exe";

const VIEW: SettingsView = {
  ...SETTINGS,
  settings: [
    { key: "equipment.FLOW_01.label", value: HOSTILE, origin: "file", line: 4 },
    { key: "equipment.FLOW_01.transport.password", value: "***", origin: "file", line: 9 },
    { key: "sync.max_parallel", value: 2, origin: "default", line: null },
    { key: "sync.windows", value: ["mon 8-18", "tue 8-18"], origin: "file", line: 12 },
    { key: "hooks.run_verified", value: null, origin: "default", line: null },
  ],
};

async function pageOf(view: SettingsView, path = "/settings"): Promise<string> {
  const { ask } = openHouse(fakeControl(), { settings: () => Promise.resolve(view) });
  const answer = await ask(path);
  assert.equal(answer.status, 200);
  return await answer.text();
}

/** The rows of the tables: name, value and origin as text. */
function rowsOf(page: string): string[] {
  return [...page.matchAll(/<tr data-key="setting-[^]*?<\/tr>/g)].map(([row]) =>
    row.replaceAll(/<\/t[hd]>/g, " | ").replaceAll(/<[^>]*>/g, "").trim()
  );
}

Deno.test("settings: each value says whether the file or a default set it, and where", async () => {
  const page = await pageOf({ ...VIEW, settings: VIEW.settings.slice(1) });
  assert.deepEqual(rowsOf(page), [
    "transport.password | hidden | config.yaml:9 |",
    "max_parallel | 2 | default |",
    "windows | mon 8-18tue 8-18 | config.yaml:12 |",
    "run_verified | not set | default |",
  ]);
  assert.match(page, /<h2 id="settings-equipment\.FLOW_01-title">equipment\.FLOW_01<\/h2>/);
  assert.doesNotMatch(page, /\*\*\*/);
  assert.doesNotMatch(page, /<form method="post"/, "nothing is changed from here");
});

Deno.test("settings: names with markup are text", async () => {
  const page = await pageOf({
    ...VIEW,
    path: `/etc/${HOSTILE}/config.yaml`,
    problems: [HOSTILE],
    notices: [HOSTILE],
    warnings: [HOSTILE],
  });
  for (const sign of ["<img", "\u202e"]) assert.ok(!page.includes(sign), sign);
  assert.ok(page.includes("&lt;img src=x onerror=alert(1)&gt;"));
});

Deno.test("settings: filtered by origin and by a part of name or value", async () => {
  assert.deepEqual(
    rowsOf(await pageOf(VIEW, "/settings?from=default")).map((row) => row.split(" ")[0]),
    ["max_parallel", "run_verified"],
  );
  assert.deepEqual(
    rowsOf(await pageOf(VIEW, "/settings?search=TUE+8")).map((row) => row.split(" ")[0]),
    ["windows"],
  );
  assert.match(await pageOf(VIEW, "/settings?search=nothing+such"), /No setting fits/);
});

Deno.test("settings: what the file is now is said first, in its tone", async () => {
  const standing = async (view: Partial<SettingsView>) => {
    const page = await pageOf({ ...VIEW, ...view });
    return page.match(/<div class="standing"[^]*?<\/strong>/)?.[0] ?? "";
  };
  assert.match(await standing({}), /data-tone="safe"[^]*is what the service started with/);
  assert.match(await standing({ changed_since_start: true }), /data-tone="wait"[^]*another one/);
  assert.match(await standing({ warnings: ["/mnt/nas is not there"] }), /data-tone="wait"/);
  assert.match(
    await standing({ problems: ["config.yaml:3:1 sync: unknown key"], changed_since_start: true }),
    /data-tone="bad"[^]*would not be taken/,
  );
});

Deno.test("settings: a service without a file says so", async () => {
  const { ask } = openHouse();
  assert.match(await (await ask("/settings")).text(), /There is no file to show here/);
});
