import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { addNote, addSection, ReportStore } from "../../lib/reports/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { fakeControl } from "./fake_control.ts";
import { codeOf, openHouse } from "./house.ts";

const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(1)><style>*{}</style>`;
const HUMAN = { actor: "human" } as const;

Deno.test("GET /api/v1/reports/:id/html is one page that may style itself and nothing else", async () => {
  await using dir = await tempDir();
  const reports = new ReportStore(dir.join("reports"));
  const report = await reports.create({ title: HOSTILE }, HUMAN);
  await report.change(addNote({ text: HOSTILE, author: HOSTILE }), HUMAN);
  const content = "| a | b |\n|:--|--:|\n| 1 | 2 |\n";
  await report.change(addSection({ title: "Table", content }), HUMAN);
  const { ask } = openHouse(fakeControl(), { reports });
  const answer = await ask(`/api/v1/reports/${report.id}/html`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.equal(answer.headers.get("x-frame-options"), "DENY");
  const policy = answer.headers.get("content-security-policy") ?? "";
  assert.match(policy, /^sandbox; default-src 'none'; style-src 'sha256-[^']+';/);
  assert.doesNotMatch(policy, /unsafe|script|self|allow|\*/);

  const page = await answer.text();
  const styles = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style]) => style!);
  assert.equal(styles.length, 1);
  const hash = createHash("sha256").update(styles[0]!).digest("base64");
  assert.ok(policy.includes(`'sha256-${hash}'`));
  assert.doesNotMatch(page, /<script|<img| style=|unsafe/);
  assert.match(page, /<td align="right">2<\/td>/);
  assert.equal(await codeOf(await ask("/api/v1/reports/nobody/html")), "404 unknown_report");
});

Deno.test("POST /api/v1/reports/:id/notes tells the pages that are open", async () => {
  await using dir = await tempDir();
  const reports = new ReportStore(dir.join("reports"));
  const report = await reports.create({ title: "Cortex" }, HUMAN);
  const { askWithToken, news, closing } = openHouse(fakeControl(), { reports });
  const reader = news.subscribe(closing.signal)!;
  const body = JSON.stringify({ text: "out of focus", author: "Ada" });
  const answer = await askWithToken(`/api/v1/reports/${report.id}/notes`, { method: "POST", body });
  assert.equal(answer.status, 201);
  assert.deepEqual(await reader.next(0), { kind: "report", data: { report_id: report.id } });
  closing.abort();
});
