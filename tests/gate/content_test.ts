import assert from "node:assert/strict";
import { scanContent, textKindOf } from "../../lib/gate/content.ts";
import type { Hit } from "../../lib/gate/judgements.ts";
import { DEFAULT_GATE_SETTINGS } from "../../lib/gate/settings.ts";

const extensions = new Set(DEFAULT_GATE_SETTINGS.contentScanExtensions);

async function scan(
  text: string | Uint8Array,
  kind: "text" | "markdown" | "markup" = "text",
): Promise<Hit[]> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return await scanContent(bytes, { kind, tier: "soft" });
}

Deno.test("textKindOf looks at listed extensions, and at markup and scripts only when rendered", () => {
  const kind = (name: string, rendered = false) => textKindOf(name, { rendered, extensions });
  assert.equal(kind("a.txt"), "text");
  assert.equal(kind("A.CSV"), "text");
  assert.equal(kind("README.md"), "markdown");
  for (const name of ["a.tif", "noextension", "a.xlsx", "OME.xml", "x.html", "x.sh", "x.py"]) {
    assert.equal(kind(name), null, name);
  }
  assert.equal(kind("OME.xml", true), "markup");
  assert.equal(kind("x.html", true), "markup");
  assert.equal(kind("x.sh", true), "text");
  assert.equal(kind("x.tif", true), null);
});

Deno.test("scanContent gives one hit a rule, with the line and the count", async () => {
  const hits = await scan("one\ntwo <sample>\n<operator> {{ date }}\n");
  assert.deepEqual(hits.map(({ rule, token, detail }) => [rule, token, detail]), [
    ["unresolved_placeholder_token", "<sample>", "line 2, and 1 more in this file"],
    ["leftover_jinja_marker", "{{ date }}", "line 3"],
  ]);
});

Deno.test("scanContent leaves lone brackets, amounts and data alone", async () => {
  for (const text of ["a < b > c", "<2 mM>", '{"a":{"b":1}}', "x,y\n1,2", "", "{{}}", "a<<1>>b"]) {
    assert.deepEqual(await scan(text), [], text);
  }
});

Deno.test("scanContent looks at no file with a NUL in its first 8 KiB", async () => {
  const late = new Uint8Array(9000).fill(0x20);
  late.set(new TextEncoder().encode("<sample>"), 100);
  assert.equal((await scan(late)).length, 1);
  late[8192] = 0;
  assert.equal((await scan(late)).length, 1);
  late[8191] = 0;
  assert.equal((await scan(late)).length, 0);
});

Deno.test("scanContent finds tokens beside bytes that are no UTF-8", async () => {
  const bytes = new Uint8Array([0xff, 0xfe, 0x3c, 0x61, 0x3e, 0xe9]);
  assert.equal((await scan(bytes))[0]?.token, "<a>");
});

Deno.test("scanContent takes elements of markup for what they are", async () => {
  const ome = "<OME><Image><Pixels></Pixels></Image></OME>\n";
  assert.deepEqual(await scan(ome, "markup"), []);
  assert.deepEqual(await scan("<html><body>a<br>b</body></html>", "markup"), []);
  assert.equal((await scan("<Image><sample_id></Image>", "markup"))[0]?.token, "<sample_id>");
  assert.equal((await scan("<a>{{ x }}</a>", "markup"))[0]?.token, "{{ x }}");
});

Deno.test("scanContent looks only at the front matter of Markdown", async () => {
  const prose = "---\ntitle: fine\n---\nUse <Tag> and {{ x }} as you like, a < b.\n";
  assert.deepEqual(await scan(prose, "markdown"), []);
  assert.deepEqual(await scan("# no front matter <Tag> {{ x }}\n", "markdown"), []);
  assert.deepEqual(await scan("text\n---\nkey: <Tag>\n---\n", "markdown"), []);
});

Deno.test("scanContent names the key of a value in front matter", async () => {
  const text = [
    "---",
    "title: <title>",
    "sample:",
    "  name: {{ name }}",
    '  note: "see <note> # no comment"',
    "  # a comment may say <anything>",
    "list:",
    "  - fine",
    "  - <second>",
    "  - owner: <owner>",
    "block: |",
    "  first",
    "  {{ inside }}",
    "---",
    "",
  ].join("\n");
  assert.deepEqual((await scan(text, "markdown")).map(({ token, detail }) => [token, detail]), [
    ["<title>", "value of title in the front matter"],
    ["{{ name }}", "value of sample.name in the front matter"],
    ["<note>", "value of sample.note in the front matter"],
    ["<second>", "value of list[1] in the front matter"],
    ["<owner>", "value of list[2].owner in the front matter"],
    ["{{ inside }}", "value of block in the front matter"],
  ]);
});

Deno.test("scanContent names the key also where the front matter is no YAML", async () => {
  const text = "---\na:\n  b: {% if x %}\n# <comment>\nc: <d>\n---\n";
  assert.deepEqual((await scan(text, "markdown")).map(({ token, detail }) => [token, detail]), [
    ["{% if x %}", "value of a.b in the front matter"],
    ["<d>", "value of c in the front matter"],
  ]);
});

Deno.test("scanContent finds a front matter that is never closed", async () => {
  for (
    const text of ["---\ntitle: x\n", "\uFEFF---\r\ntitle: x\r\n", "---", "--- \nx: 1\n ---\n"]
  ) {
    const [hit, ...more] = await scan(text, "markdown");
    assert.equal(hit?.rule, "malformed_yaml_front_matter", JSON.stringify(text));
    assert.equal(hit.tier, "soft");
    assert.equal(more.length, 0);
  }
  for (const text of ["---\nx: 1\n---", "---\nx: 1\n...\n", "---\n---\n", "----\n", "a---\n"]) {
    assert.deepEqual(await scan(text, "markdown"), [], JSON.stringify(text));
  }
});

const MEGABYTES = 5 * 1024 * 1024;
/** On a computer that does much else; see below for what it is to tell apart. */
const QUICK_MS = 20_000;

for (
  const [name, unit] of [
    ["<", "<"],
    ["{", "{"],
    ["}", "}"],
    ["<a", "<a"],
    ["{{x", "{{x"],
    ["{%", "{%"],
    ["{{}}", "{{}}"],
    ["<a>", "<a>"],
    ["newlines", "\n"],
    ["<!-- ", "<!-- "],
    ["</a ", "</a "],
  ] as const
) {
  Deno.test(`scanContent is quick in 5 MiB of ${name}`, async () => {
    const bytes = new TextEncoder().encode(unit.repeat(Math.floor(MEGABYTES / unit.length)));
    for (const kind of ["text", "markup", "markdown"] as const) {
      const startedMs = performance.now();
      await scanContent(bytes, { kind, tier: "hard" });
      // Milliseconds on a free machine; quadratic behaviour would take minutes.
      assert.ok(performance.now() - startedMs < QUICK_MS, `${kind} took too long`);
    }
  });
}

Deno.test("scanContent is quick in one endless token and in endless front matter", async () => {
  const letters = "a".repeat(MEGABYTES);
  const hostile = [
    `<${letters}`,
    `{{${letters}`,
    `{{${letters}}}`,
    `${"{{".repeat(MEGABYTES / 4)}${"}}".repeat(MEGABYTES / 4)}`,
  ];
  const matters = [
    `---\n${"<a>\n".repeat(MEGABYTES / 4)}---\n`,
    `---\n${"- ".repeat(30_000)}<a>\n---\n`,
    `---\n${"[".repeat(60_000)}<a>\n---\n`,
    `---\nx: ${"{{ a }} ".repeat(8_000)}\n---\n`,
    `---\n${"k: {{ a }}\n".repeat(6_000)}---\n`,
    `---\n${"---- \n".repeat(MEGABYTES / 6)}`,
  ];
  for (const text of hostile) await timed(() => scan(text), text);
  for (const text of matters) await timed(() => scan(text, "markdown"), text);
});

async function timed(act: () => Promise<unknown>, text: string): Promise<void> {
  const startedMs = performance.now();
  await act();
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs < QUICK_MS, `${JSON.stringify(text.slice(0, 20))} took ${tookMs} ms`);
}
