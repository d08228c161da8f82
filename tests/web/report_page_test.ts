import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { addNote, addSection, ReportStore } from "../../lib/reports/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { fakeControl } from "./fake_control.ts";
import { join } from "node:path";
import { codeOf, cookieOf, openHouse } from "./house.ts";

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

const FORM = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };

Deno.test("a report's pages show what people typed as text, and Markdown without markup of its own", async () => {
  await using dir = await tempDir();
  const reports = new ReportStore(dir.join("reports"));
  const report = await reports.create({ title: HOSTILE }, HUMAN);
  await report.change(addNote({ text: HOSTILE, author: HOSTILE }), HUMAN);
  const content = `${HOSTILE}\n\n[a](javascript:alert(1)) **bold** ![p](http://example.org/p.png)`;
  await report.change(addSection({ title: HOSTILE, content }), HUMAN);
  const { ask } = openHouse(fakeControl(), { reports });
  for (const path of ["", "/history", "/compare", "/compare?from=1&to=3"]) {
    const answer = await ask(`/reports/${report.id}${path}`);
    assert.equal(answer.status, 200, path);
    const page = await answer.text();
    assert.doesNotMatch(page, /<img|<script>|<style| style=|href="javascript:/, path);
    assert.doesNotMatch(page, /<form method="post"/, "nothing to press without a session");
    assert.match(page, /as it was written/, path);
  }
  assert.match(await (await ask(`/reports/${report.id}`)).text(), /<strong>bold<\/strong>/);
  assert.match(await (await ask(`/reports/${report.id}/compare?from=1`)).text(), /New<\/strong>/);
  assert.equal((await ask("/reports/nobody", { headers: FORM })).status, 404);
});

Deno.test("a page takes a note on a report, and undoes it with a name and a reason", async () => {
  await using dir = await tempDir();
  const reports = new ReportStore(dir.join("reports"));
  const report = await reports.create({ title: "Cortex" }, HUMAN);
  const { ask, sessions } = openHouse(fakeControl(), { reports });
  const cookie = cookieOf(await ask(`/open/${sessions.createLink()}`));
  const press = (path: string, body: string, session = cookie) =>
    ask(`/reports/${report.id}${path}`, {
      method: "POST",
      body,
      headers: { ...FORM, cookie: session },
    });
  assert.equal((await press("/note", "operator=Ada&text=blurred", "")).status, 401);
  const noted = await press("/note", "operator=Ada&about=&text=slide+3+was+blurred");
  assert.equal(noted.status, 303);
  const read = await (await ask(noted.headers.get("location")!)).text();
  assert.match(read, /slide 3 was blurred/);
  assert.match(read, /class="notice"[^>]*role="status"/);

  const history = await (await ask(`/reports/${report.id}/history`, { headers: { cookie } }))
    .text();
  const [, action] = /name="action" value="([^"]+)"/.exec(history)!;
  const unsaid = await press("/history/undo", `action=${action}&operator=Ada&reason=`);
  assert.match(await unsaid.text(), /Say why\./);
  assert.equal((await report.read()).outline.insights.length, 1);
  const undone = await press("/history/undo", `action=${action}&operator=Ada&reason=wrong+slide`);
  assert.equal(undone.status, 303);
  const { outline } = await report.read();
  assert.equal(outline.insights.length, 0);
  const told = await (await ask(undone.headers.get("location")!)).text();
  assert.match(told, /Ada[^]*undid [^]*“wrong slide”/);
  const lines = await Array.fromAsync(report.history());
  assert.equal(lines.at(-1)?.event?.payload["why"], "wrong slide");
});

Deno.test("a history that was changed afterwards is said on the page, and stays to be read", async () => {
  await using dir = await tempDir();
  const reports = new ReportStore(dir.join("reports"));
  const report = await reports.create({ title: "Cortex" }, HUMAN);
  await report.change(addNote({ text: "blurred", author: "Ada" }), HUMAN);
  const trail = join(report.folder.path, "audit.jsonl");
  await Deno.writeTextFile(trail, (await Deno.readTextFile(trail)).replace("blurred", "perfect"));
  const { ask } = openHouse(fakeControl(), { reports });
  const page = await (await ask(`/reports/${report.id}`)).text();
  assert.match(page, /not as it was written/);
  assert.match(page, /line 2: it was changed after it was written/);
  assert.match(page, /blurred/);

  await Deno.writeTextFile(join(report.folder.path, "outline.json"), "{");
  const broken = await (await ask(`/reports/${report.id}/history`)).text();
  assert.match(broken, /class="notice"[^>]*data-tone="bad"/);
  assert.match(broken, /created the report|version 1/);
});
