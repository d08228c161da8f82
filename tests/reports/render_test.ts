import assert from "node:assert/strict";
import {
  addNote,
  addSection,
  type Outline,
  renderHtml,
  renderMarkdown,
} from "../../lib/reports/mod.ts";

const AT = new Date("2026-04-17T10:00:00Z");
const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(1)> ](javascript:x) \u202e#`;

function outlineWith(fields: Partial<Outline> = {}): Outline {
  const at = AT.toISOString();
  return {
    report_id: crypto.randomUUID(),
    title: "Cortex",
    created_at: at,
    updated_at: at,
    version: "1.0",
    outline_version: 1,
    sections: [],
    insights: [],
    metadata: {},
    ...fields,
  };
}

const moment = { now: AT.toISOString(), newId: () => crypto.randomUUID() };

Deno.test("renderHtml escapes every text a person or a folder's name can bring", () => {
  let outline = outlineWith({ title: HOSTILE, metadata: { tags: [HOSTILE] } });
  for (const format of ["markdown", "html", "plain"] as const) {
    outline = addSection({ title: HOSTILE.replace("\u202e", ""), content: HOSTILE, format })(
      outline,
      moment,
    )!.outline;
  }
  outline = addNote({ text: HOSTILE, author: HOSTILE })(outline, moment)!.outline;
  const html = renderHtml(outline, { at: AT });
  assert.ok(!/<script|<img|onerror=[^&]*>/i.test(html.replaceAll(/&lt;.*?&gt;/g, "")));
  assert.ok(!html.includes("\u202e"));
  assert.ok(html.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
});

Deno.test("renderHtml renders Markdown, without raw HTML, pictures or script links", () => {
  const content =
    "A **bold** word <b>raw</b>\n\n![p](http://x/p.png)\n\n[l](javascript:alert)\n\n" +
    "[m](https://example.org)\n";
  const { outline } = addSection({ title: "Text", content })(outlineWith(), moment)!;
  const html = renderHtml(outline, { at: AT });
  assert.ok(html.includes("<strong>bold</strong>"));
  assert.ok(html.includes("&lt;b&gt;raw&lt;/b&gt;"));
  assert.ok(!html.includes("<img"));
  assert.ok(!html.includes(`href="javascript`));
  assert.ok(html.includes(`<a href="https://example.org" rel="noreferrer noopener">`));
});

Deno.test("renderHtml fetches nothing and runs nothing", () => {
  const html = renderHtml(outlineWith(), { at: AT, chain: { seq: 3, hash: "ab".repeat(32) } });
  assert.ok(!/<script|<link|src=|url\(|@import/i.test(html));
  assert.ok(html.includes("default-src 'none'"));
  assert.ok(html.includes(`event 3 of its history, ${"ab".repeat(32)}`));
  assert.ok(html.includes("@media print"));
});

Deno.test("renderMarkdown escapes titles and notes, and keeps Markdown content", () => {
  let outline = outlineWith({ title: "# not *bold* <b>" });
  outline = addSection({ title: "T", content: "a **bold** word" })(outline, moment)!.outline;
  outline = addNote({ text: "1. no list\n- no item", author: "_Ada_" })(outline, moment)!.outline;
  const text = renderMarkdown(outline, { at: AT });
  assert.ok(text.startsWith("# \\# not \\*bold\\* \\<b\\>\n"), text);
  assert.ok(text.includes("a **bold** word"));
  assert.ok(text.includes("1\\. no list  \n\\- no item"), text);
  assert.ok(text.includes("*\\_Ada\\_, 2026-04-17 10:00 UTC*"), text);
});

Deno.test("renderHtml leaves archived insights out and shows those of no section", () => {
  let { outline } = addNote({ text: "away", author: "A" })(outlineWith(), moment)!;
  const [away] = outline.insights;
  const loose = { ...away!, insight_id: crypto.randomUUID(), summary: "loose" };
  outline = { ...outline, insights: [{ ...away!, status: "archived" }, loose] };
  const html = renderHtml(outline, { at: AT });
  assert.ok(!html.includes("away"));
  assert.ok(html.includes("Other") && html.includes("loose"));
});

Deno.test("renderHtml renders 5,000 runs in seconds, not minutes", () => {
  const { outline: base } = addNote({ text: "n", author: "A" })(outlineWith(), moment)!;
  const insights = Array.from({ length: 5000 }, (_, i) => ({
    ...base.insights[0]!,
    insight_id: crypto.randomUUID(),
    summary: `Run_${i}: proven\n2026-04-17 10:00 UTC sealed\n2026-04-17 11:00 UTC verified`,
    metadata: { labferry: { run: `Run_${i}`, files: 10, bytes: 1e9, proven: true } },
  }));
  const section = { ...base.sections[0]!, insight_ids: insights.map((one) => one.insight_id) };
  const outline = { ...base, insights, sections: [section] };
  const startedMs = performance.now();
  const html = renderHtml(outline, { at: AT });
  renderMarkdown(outline, { at: AT });
  assert.ok(performance.now() - startedMs < 30_000);
  assert.ok(html.includes("5000 runs, 50,000 files, 5.0 TB: 5000 safe at the destination."));
});
