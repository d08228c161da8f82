import assert from "node:assert/strict";
import fc from "fast-check";
import { scanContent } from "../../lib/gate/content.ts";
import { checkProposal } from "../../lib/gate/mod.ts";
import { isPlain, judgeName } from "../../lib/gate/names.ts";
import { foldName } from "../../lib/base/mod.ts";
import {
  caseCollisions,
  illegalCharacter,
  jinjaMarkersIn,
  leftoverJinjaMarker,
  placeholdersIn,
  reservedName,
  unresolvedPlaceholder,
} from "../../lib/gate/rules/mod.ts";
import { DEFAULT_GATE_SETTINGS } from "../../lib/gate/settings.ts";
import { compareFindings } from "../../lib/gate/finding.ts";

/** Names made of what the rules care about, mixed with anything at all. */
const pieces = fc.constantFrom(
  ..."<>{}%:.\\ \n\0".split(""),
  ...[
    "<a>",
    "{{ x }}",
    "{% if %}",
    "con",
    "NUL",
    "com1",
    "ß",
    "İ",
    "ı",
    "é",
    "e\u0301",
    "Run_",
    "😀",
  ],
);
const names = fc.array(fc.oneof(pieces, fc.string({ unit: "binary", maxLength: 3 })), {
  maxLength: 12,
})
  .map((parts) => parts.join(""));
const settings = fc.boolean().map((windowsNames) => ({ ...DEFAULT_GATE_SETTINGS, windowsNames }));

Deno.test("judgeName never throws, is deterministic, and its tokens are in the name", () => {
  fc.assert(fc.property(names, settings, (name, chosen) => {
    const about = { folderBytes: 10, settings: chosen };
    const hits = judgeName(name, about);
    assert.deepEqual(judgeName(name, about), hits);
    for (const hit of hits) assert.ok(name.includes(hit.token), `${hit.rule}: ${hit.token}`);
    assert.equal(new Set(hits.map((hit) => hit.rule)).size, hits.length);
  }));
});

Deno.test("isPlain is never true for a name that breaks a rule", () => {
  fc.assert(fc.property(names, (name) => {
    if (!isPlain(name)) return;
    assert.equal(unresolvedPlaceholder(name), null);
    assert.equal(leftoverJinjaMarker(name), null);
    assert.equal(illegalCharacter(name, { windowsNames: true }), null);
    assert.equal(reservedName(name), null);
  }));
});

Deno.test("tokens are where they are said to be", () => {
  fc.assert(fc.property(names, (text) => {
    for (const { token, index } of [...placeholdersIn(text), ...jinjaMarkersIn(text)]) {
      assert.equal(text.slice(index, index + token.length), token);
    }
  }));
});

Deno.test("caseCollisions finds all but one of each group, whatever the order", () => {
  fc.assert(fc.property(fc.uniqueArray(names, { maxLength: 8 }), (entries) => {
    const hits = caseCollisions(entries);
    const groups = new Set(entries.map(foldName));
    assert.equal(hits.size, entries.length - groups.size);
    assert.deepEqual([...caseCollisions(entries.toReversed()).keys()], [...hits.keys()]);
    for (const [name, hit] of hits) assert.equal(hit.token, name);
  }));
});

Deno.test("foldName of a folded name is itself", () => {
  fc.assert(fc.property(names, (name) => {
    assert.equal(foldName(foldName(name)), foldName(name));
  }));
});

Deno.test("scanContent never throws on any bytes, and its tokens are in the text", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    names.map((text) => new TextEncoder().encode(text)),
    names.map((text) => new TextEncoder().encode(`---\nkey: ${text}\n---\n`)),
  );
  const kinds = fc.constantFrom("text", "markdown", "markup" as const);
  fc.assert(fc.property(bytes, kinds, (content, kind) => {
    const text = new TextDecoder().decode(content);
    const hits = scanContent(content, { kind: kind as "text", tier: "soft" });
    for (const hit of hits) assert.ok(text.includes(hit.token), hit.token);
  }));
});

Deno.test("checkProposal never throws and gives its findings in order", () => {
  fc.assert(fc.property(names, names, fc.dictionary(names, names), (project, leaf, variables) => {
    const proposal = { root: "/r", equipmentId: "E", project, leaf, variables };
    const findings = checkProposal({ ...proposal, runKind: "test" });
    assert.deepEqual(findings.toSorted(compareFindings), findings);
  }));
});
