import assert from "node:assert/strict";
import { configureLog } from "../../lib/base/log.ts";
import { Hooks } from "../../lib/daemon/hooks.ts";
import { DestinationNews } from "../../lib/daemon/destination_news.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const WRITES = ["sh", "-c", 'printf "%s\\n" "$1|$2|$3" >> "$0"'];

testWith(
  ["linux"],
  "Hooks gives a command its event in arguments, and no shell sees a name",
  async () => {
    await using dir = await tempDir("labferry-hooks-");
    const file = dir.join("told");
    const args = ["{event}", "{run}", "to {destination}: {message}"];
    await using hooks = new Hooks({
      settings: { on_verified: [...WRITES, file, ...args].map((one) => one) },
      tokenPrefix: "test",
    });
    const run = '/data/$(touch /tmp/x) "{message}"';
    hooks.tell({ event: "on_verified", message: "3 files; {run}", run, destination: "/nas" });
    hooks.tell({ event: "on_failed", message: "nobody listens" });
    await until(async () => await Deno.readTextFile(file).catch(() => "") !== "", {
      what: "a line",
    });
    assert.equal(await Deno.readTextFile(file), `verified|${run}|to /nas: 3 files; {run}\n`);
  },
);

testWith(["linux"], "Hooks fails a dead-man's switch by its address, and only then", async () => {
  await using dir = await tempDir("labferry-hooks-");
  const file = dir.join("told");
  {
    await using hooks = new Hooks({
      settings: { on_heartbeat: [...WRITES, file, "http://hc/ping/1{fail}", "{message}"] },
      tokenPrefix: "test",
    });
    hooks.tell({ event: "on_heartbeat", message: "FLOW_01: down", fail: "/fail" });
    hooks.tell({ event: "on_heartbeat", message: "all safe" });
    await until(
      async () => (await Deno.readTextFile(file).catch(() => "")).split("\n").length > 2,
      { what: "two lines" },
    );
  }
  assert.equal(
    await Deno.readTextFile(file),
    "http://hc/ping/1/fail|FLOW_01: down|\nhttp://hc/ping/1|all safe|\n",
  );
});

testWith(
  ["linux"],
  "Hooks tells one after the other, and drops what a burst leaves no room for",
  async () => {
    await using dir = await tempDir("labferry-hooks-");
    const file = dir.join("told");
    {
      await using hooks = new Hooks({
        settings: { on_failed: [...WRITES, file, "{message}"] },
        tokenPrefix: "test",
        mostWaiting: 3,
      });
      for (let i = 0; i < 10_000; i++) hooks.tell({ event: "on_failed", message: `${i}` });
      await until(
        async () => (await Deno.readTextFile(file).catch(() => "")).split("\n").length > 3,
        {
          what: "the first ones",
        },
      );
    }
    const told = (await Deno.readTextFile(file)).trim().split("\n").map((line) =>
      line.split("|")[0]
    );
    assert.deepEqual(told.slice(0, 3), ["0", "1", "2"]);
    assert.ok(told.length <= 5, `${told.length} programs were started`);
  },
);

testWith(["linux"], "Hooks goes on after a program that is missing, or fails", async () => {
  await using dir = await tempDir("labferry-hooks-");
  const file = dir.join("told");
  await using hooks = new Hooks({
    settings: {
      on_failed: [dir.join("missing")],
      on_blocked: ["false"],
      on_verified: [...WRITES, file, "{event}"],
    },
    tokenPrefix: "test",
  });
  for (const event of ["on_failed", "on_blocked", "on_verified"] as const) {
    hooks.tell({ event, message: "x" });
  }
  await until(async () => await Deno.readTextFile(file).catch(() => "") !== "", { what: "a line" });
  assert.equal(await Deno.readTextFile(file), "verified||\n");
});

testWith(
  ["linux"],
  "Hooks keeps the end of what a program says, however much that is",
  async () => {
    await using dir = await tempDir("labferry-hooks-");
    const file = dir.join("app.log");
    {
      using _log = configureLog({ level: "warning", file });
      await using hooks = new Hooks({
        settings: {
          on_failed: [
            "sh",
            "-c",
            "head -c 80000000 /dev/zero | tr '\\0' x; echo; echo the end; exit 3",
          ],
          on_blocked: [dir.join("missing")],
        },
        tokenPrefix: "test",
      });
      hooks.tell({ event: "on_failed", message: "x" });
      hooks.tell({ event: "on_blocked", message: "x" });
      await until(async () => (await Deno.readTextFile(file)).includes("missing"), {
        what: "both in the log",
      });
    }
    const log = await Deno.readTextFile(file);
    assert.match(log, /sh did not do its work: exit code 3 .*x\\u000athe end/);
    assert.match(log, /missing did not do its work: there is no such program/);
    assert.ok(log.length < 5_000, `${log.length} characters`);
  },
);

Deno.test("DestinationNews tells once that a destination is down, and once that it is back", () => {
  const told: string[] = [];
  const news = new DestinationNews({
    tell: ({ event, message }) => told.push(`${event} ${message}`),
  });
  const down = {
    state: "down",
    code: "unreachable",
    reason: "no route",
    hint: null,
    since: "x",
    nextProbeAt: "x",
    failures: 1,
  } as const;
  news.changed("nas", { state: "up" });
  news.changed("nas", down);
  news.changed("nas", { ...down, failures: 2 });
  news.changed("nas", { state: "up" });
  news.changed("nas", { state: "up" });
  assert.deepEqual(told, [
    "on_destination_down no route",
    "on_destination_up nas can be used again",
  ]);
  told.length = 0;
  const full = { ...down, code: "destination_full", reason: "no room" } as const;
  for (let failures = 1; failures < 4; failures++) {
    news.changed("nas", { ...full, failures });
    news.changed("nas", { state: "up", wasFull: { since: "x", failures } });
  }
  assert.deepEqual(told, ["on_destination_down no room"], "a probe sees no room");
  news.changed("nas", { state: "up" });
  assert.equal(told.length, 2);
});
