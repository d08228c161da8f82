import assert from "node:assert/strict";
import fc from "fast-check";
import { scanContent } from "../../lib/gate/content.ts";
import { checkProposal } from "../../lib/gate/mod.ts";
import {
  isHarmless,
  leftoversIn,
  mayHold,
  nameHits,
  neighbourHits,
  NeighbourSieve,
} from "../../lib/gate/judgements.ts";
import { SharedKeys } from "../../lib/gate/shared_keys.ts";
import { foldName } from "../../lib/base/mod.ts";
import { GATE_RULES, RULES } from "../../lib/gate/rules/mod.ts";
import { frontMatterOf } from "../../lib/gate/front_matter.ts";
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

Deno.test("nameHits never throws, is deterministic, and its tokens are in the name", () => {
  fc.assert(fc.property(names, settings, (name, chosen) => {
    const about = { folderBytes: 10, settings: chosen };
    const hits = nameHits(name, about);
    assert.deepEqual(nameHits(name, about), hits);
    for (const hit of hits) assert.ok(name.includes(hit.token), `${hit.rule}: ${hit.token}`);
    assert.equal(new Set(hits.map((hit) => hit.rule)).size, hits.length);
  }));
});

/** Short names of few pieces: a device's name has to stand first to be one, a dot last. */
const nearMisses = fc.array(
  fc.oneof(
    pieces,
    fc.constantFrom(
      "con",
      "PRN",
      "aux",
      "nul",
      "com1",
      "COM\u00b9",
      "lpt9",
      "LPT",
      ".",
      " ",
      "{%",
      "%}",
    ),
    fc.string({ unit: "binary", maxLength: 1 }),
  ),
  { minLength: 1, maxLength: 3 },
).map((parts) => parts.join(""));

for (const { id, judges: { name: judged } } of GATE_RULES) {
  if (judged === undefined) continue;
  Deno.test(`${id} objects to no name that isHarmless lets pass`, () => {
    assert.equal(judged.minds.flags, "", "it is asked without regard to case, with no other flag");
    fc.assert(
      fc.property(fc.oneof(names, nearMisses), settings, (name, chosen) => {
        const fault = judged.judge(name, chosen);
        if (isHarmless(name)) assert.equal(fault, null, JSON.stringify(name));
        if (fault !== null) assert.match(name, new RegExp(judged.minds, "i"));
      }),
      { numRuns: 3_000 },
    );
  });
}

Deno.test("isHarmless lets the names pass that instruments give", () => {
  for (
    const name of ["plane_0001.tif", "a b (1)~$#[x]@%.csv", "größe", "日本語", "{x}", "data.db"]
  ) {
    assert.ok(isHarmless(name), name);
  }
});

Deno.test("every rule that stands in a file of rules/ is in the list", async () => {
  const folder = new URL("../../lib/gate/rules/", import.meta.url);
  const inFiles: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const [, id] of text.matchAll(/= gateRule\(\{\s*id: "(\w+)"/g)) inFiles.push(id!);
  }
  assert.deepEqual(inFiles.sort(), RULES.toSorted());
});

Deno.test("mayHold is true of every text in which a rule finds something", () => {
  const texts = fc.oneof(names, nearMisses, names.map((text) => `---\n${text}`));
  fc.assert(fc.property(texts, fc.constantFrom("text", "markdown", "markup"), (text, kind) => {
    const bytes = new TextEncoder().encode(text);
    if (mayHold(bytes, kind)) return;
    const shown = new TextDecoder().decode(bytes);
    for (const { judges } of GATE_RULES) {
      assert.deepEqual(judges.text?.find(shown, kind) ?? [], []);
      if (kind !== "markdown") continue;
      assert.equal(judges.frontMatter?.judge(frontMatterOf(shown)) ?? null, null);
    }
  }));
});

Deno.test("a rule that may not be hard has no hard fault, whatever it is asked", () => {
  fc.assert(fc.property(names, settings, (name, chosen) => {
    for (const { id, mayBeHard, judges } of GATE_RULES) {
      if (mayBeHard) continue;
      const long = { name, nameBytes: 300, pathBytes: 5_000 };
      const place = { name, level: "run", hasCreation: false } as const;
      const creation = { schemaVersion: "1.9", hasLimsProject: false };
      const faults = [
        judges.name?.judge(name, chosen),
        judges.path?.(long, chosen),
        judges.garbled?.(name),
        ...judges.neighbours?.([name, `${name}A`, `${name}a`]).values() ?? [],
        judges.special?.({ name, kind: "fifo" }, chosen),
        judges.project?.(name, "hard"),
        judges.runKind?.({ parentFolder: "Runs", leaf: name, recorded: "test" }),
        judges.provenance?.(place),
        judges.record?.({ name, error: "torn", creation: null }),
        judges.record?.({ name, error: null, creation }),
        judges.frontMatter?.judge({ kind: "unclosed" }),
      ];
      for (const fault of faults) assert.notEqual(fault?.tier, "hard", id);
      assert.equal(judges.text, undefined, `${id}: what a template left is hard where it rendered`);
    }
  }));
});

Deno.test("tokens are where they are said to be", () => {
  fc.assert(fc.property(names, (text) => {
    for (const { token, index } of leftoversIn(text, "text").flatMap(({ found }) => found)) {
      assert.equal(text.slice(index, index + token.length), token);
    }
  }));
});

Deno.test("neighbourHits finds all but one of each group, whatever the order", () => {
  fc.assert(fc.property(fc.uniqueArray(names, { maxLength: 8 }), (entries) => {
    const hits = neighbourHits(entries);
    const groups = new Set(entries.map(foldName));
    assert.equal(hits.size, entries.length - groups.size);
    assert.deepEqual([...neighbourHits(entries.toReversed()).keys()], [...hits.keys()]);
    for (const [name, [hit]] of hits) assert.equal(hit!.token, name);
  }));
});

Deno.test("NeighbourSieve keeps every name that neighbourHits finds, and the names it collides with", () => {
  fc.assert(fc.property(fc.uniqueArray(names, { maxLength: 8 }), (entries) => {
    const sieve = new NeighbourSieve();
    for (const name of entries) sieve.see(name);
    const suspects = entries.filter((name) => sieve.suspects(name));
    assert.equal(sieve.hasSuspects, suspects.length > 0);
    assert.deepEqual(neighbourHits(suspects), neighbourHits(entries));
  }));
});

Deno.test("SharedKeys tells which of 100,000 keys came twice, and of no other", () => {
  const keys = new SharedKeys();
  for (let i = 0; i < 100_000; i++) keys.add(`well_${i}.tif`);
  assert.equal(keys.hasAny, false);
  for (const i of [0, 4_711, 99_999]) keys.add(`well_${i}.tif`);
  const shared = Array.from({ length: 100_000 }, (_, i) => i).filter((i) =>
    keys.has(`well_${i}.tif`)
  );
  assert.deepEqual(shared, [0, 4_711, 99_999]);
});

Deno.test("foldName of a folded name is itself", () => {
  fc.assert(fc.property(names, (name) => {
    assert.equal(foldName(foldName(name)), foldName(name));
  }));
});

Deno.test("scanContent never throws on any bytes, and its tokens are in the text", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    names.map((text) => new TextEncoder().encode(text)),
    names.map((text) => new TextEncoder().encode(`---\nkey: ${text}\n---\n`)),
  );
  const kinds = fc.constantFrom("text", "markdown", "markup" as const);
  await fc.assert(fc.asyncProperty(bytes, kinds, async (content, kind) => {
    const text = new TextDecoder().decode(content);
    const hits = await scanContent(content, { kind: kind as "text", tier: "soft" });
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
