/** The alert rules and the board of docs/monitoring. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { testWith } from "../support/needs.ts";

const PLACE = new URL("../../docs/monitoring/", import.meta.url);
const RULES = "labferry.rules.yml";
const STORIES = ["labferry.tests.yml", "labferry.days.tests.yml"];
const textOf = (name: string) => Deno.readTextFile(new URL(name, PLACE));

async function promtool(...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command("promtool", {
    args,
    cwd: PLACE,
    stdin: "null",
  }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

testWith(
  ["promtool"],
  "promtool takes the alert rules, and each alert's stories come true",
  async () => {
    for (const args of [["check", "rules", RULES], ["test", "rules", ...STORIES]]) {
      const { code, said } = await promtool(...args);
      assert.equal(code, 0, said);
    }
  },
);

Deno.test("every alert has a story in which it fires, and stands in the table", async () => {
  const { groups } = parse(await textOf(RULES));
  const alerts: string[] = groups[0].rules.map(({ alert }: { alert: string }) => alert);
  const tests = (await Promise.all(STORIES.map(textOf))).flatMap((text) => parse(text).tests);
  const fired = new Set(
    tests.flatMap(({ alert_rule_test }) => alert_rule_test)
      .filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname),
  );
  assert.deepEqual(alerts.filter((name) => !fired.has(name)), []);
  const table = await textOf("README.md");
  assert.deepEqual(alerts.filter((name) => !table.includes(`\`${name}\``)), []);
});

Deno.test("rules and board ask only for series that there are", async () => {
  const sources = ["web/metrics.ts", "fleet/series.ts", "fleet/fleet_series.ts"].map((path) =>
    Deno.readTextFile(new URL(`../../lib/${path}`, import.meta.url))
  );
  const source = (await Promise.all(sources)).join("\n");
  const board = JSON.parse(await textOf("labferry.board.json"));
  const exprs: string[] = [
    ...parse(await textOf(RULES)).groups[0].rules.map(({ expr }: { expr: string }) => expr),
    ...board.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr)
    ),
  ];
  const names = new Set(exprs.flatMap((expr) => expr.match(/labferry_\w+/g) ?? []));
  assert.ok(names.size > 15);
  const unknown = [...names].filter((name) => {
    const family = name.replace(/^labferry_/, "").replace(/_bucket$/, "");
    return !source.includes(`"${family}"`);
  });
  assert.deepEqual(unknown, []);
});
