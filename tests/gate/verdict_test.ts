import assert from "node:assert/strict";
import {
  addOverride,
  auditOneRun,
  auditSummary,
  explainRule,
  type Finding,
  gateVerdict,
  gatherAudit,
  groupFindings,
  HARD_RULES,
  listOverrides,
  type PlaceAudit,
  printable,
  revokeOverride,
  RULES,
} from "../../lib/gate/mod.ts";
import { DEFAULT_GATE_SETTINGS } from "../../lib/gate/settings.ts";
import { checkConfigText } from "../../lib/config/check.ts";
import { type Clock, LabferryError } from "../../lib/base/mod.ts";
import { configureLog } from "../../lib/base/log.ts";
import { Lab, RUN } from "./lab.ts";
import { testWith } from "../support/needs.ts";

const CLASS = "unresolved_placeholder_token";

async function heldRun(lab: Lab): Promise<string> {
  await lab.project();
  const run = await lab.run();
  await lab.write(`${RUN}/<x>.tif`);
  return run;
}

async function verdictOf(run: string, now = new Date()): Promise<string> {
  const { findings, above, overrides } = await auditOneRun(run);
  return gateVerdict([...findings, ...above], { overrides, now }).kind;
}

testWith(
  ["anyNames"],
  "gateVerdict lets a run pass after addOverride and holds it after revokeOverride",
  async () => {
    await using lab = await Lab.make();
    const run = await heldRun(lab);
    assert.equal(await verdictOf(run), "blocked");
    const added = await addOverride(run, {
      class: CLASS,
      operator: "asmith",
      reason: "vendor syntax",
    });
    assert.equal(await verdictOf(run), "pass");
    const id = String(added["id"]);
    await revokeOverride(run, { id: id.slice(0, 8), operator: "jlee", reason: "renamed" });
    assert.equal(await verdictOf(run), "blocked");
    const listed = await listOverrides(run, new Date());
    assert.deepEqual(listed.map(({ state, revoked_by }) => [state, revoked_by]), [
      ["revoked", "jlee"],
      ["tombstone", null],
    ]);
    assert.equal(listed[1]!.revokes, id);
  },
);

testWith(["anyNames"], "gateVerdict holds a run again once its override has expired", async () => {
  await using lab = await Lab.make();
  const run = await heldRun(lab);
  const clock = { now: () => new Date("2026-04-18T00:00:00Z") } as Clock;
  const expiresAt = "2026-05-01T00:00:00Z";
  await addOverride(run, { class: CLASS, operator: "a", reason: "b", expiresAt, clock });
  assert.equal(await verdictOf(run, new Date("2026-04-30T23:59:59Z")), "pass");
  assert.equal(await verdictOf(run, new Date(expiresAt)), "blocked");
  const states = (await listOverrides(run, new Date(expiresAt))).map(({ state }) => state);
  assert.deepEqual(states, ["expired"]);
});

testWith(
  ["anyNames"],
  "gateVerdict asks an override for every hard rule, and none for soft findings",
  async () => {
    await using lab = await Lab.make();
    const run = await heldRun(lab);
    await lab.write(`${RUN}/a:b`);
    await lab.write(`${RUN}/a.txt`, "<soft>");
    await addOverride(run, { class: CLASS, operator: "a", reason: "b" });
    const { findings, overrides } = await auditOneRun(run);
    const verdict = gateVerdict(findings, { overrides, now: new Date() });
    assert.equal(verdict.kind, "blocked");
    if (verdict.kind !== "blocked") return;
    assert.deepEqual(verdict.findings.map((finding) => finding.rule), [
      "illegal_filesystem_character",
    ]);
    assert.equal(verdict.reason, "1 hard finding (illegal_filesystem_character)");
  },
);

testWith(["anyNames"], "gateVerdict takes an override it cannot understand for none", async () => {
  await using lab = await Lab.make();
  const base = { problem_class: CLASS, operator: "a", recorded_at: "2026-04-18T00:00:00Z" };
  const unusable = [
    { ...base, id: "1", reason: "x", expires_at: "next tuesday", revoked: false },
    { ...base, id: "2", reason: "", revoked: false },
    { ...base, id: "3", reason: "x", revoked: "no" },
    { ...base, id: "4", reason: "x", problem_class: 7, revoked: false },
  ];
  await lab.project();
  const run = await lab.run(RUN, { validation_overrides: unusable });
  await lab.write(`${RUN}/<x>.tif`);
  assert.equal(await verdictOf(run), "blocked");
  const states = (await listOverrides(run, new Date())).map(({ state }) => state);
  assert.deepEqual(states, ["unusable", "unusable", "unusable", "unusable"]);
});

testWith(
  ["anyNames"],
  "gateVerdict holds a run whose record cannot be read, whatever it says",
  async () => {
    await using lab = await Lab.make();
    const run = await heldRun(lab);
    await addOverride(run, { class: CLASS, operator: "a", reason: "b" });
    assert.equal(await verdictOf(run), "pass");
    const record = lab.at(RUN, ".exlab-wizard/creation.json");
    await Deno.writeTextFile(record, (await Deno.readTextFile(record)).slice(0, -2));
    assert.equal(await verdictOf(run), "blocked");
  },
);

testWith(
  ["anyNames"],
  "addOverride refuses unknown classes, soft rules, and what nobody stands for",
  async () => {
    await using lab = await Lab.make();
    const run = await heldRun(lab);
    const good = { class: CLASS, operator: "asmith", reason: "vendor syntax" };
    const bad = [
      { ...good, class: "nonsense" },
      { ...good, class: "orphan" },
      { ...good, operator: "  " },
      { ...good, reason: "" },
      { ...good, expiresAt: "tomorrow" },
      { ...good, expiresAt: "2001-01-01T00:00:00Z" },
    ];
    const record = lab.at(RUN, ".exlab-wizard/creation.json");
    const before = await Deno.readTextFile(record);
    for (const draft of bad) {
      await assert.rejects(addOverride(run, draft), { code: "override_refused" });
    }
    assert.equal(await Deno.readTextFile(record), before);
    await assert.rejects(addOverride(lab.at("nowhere"), good), { code: "record_missing" });
  },
);

Deno.test("revokeOverride refuses ids that are unknown, ambiguous or revoked already", async () => {
  await using lab = await Lab.make();
  const entry = { problem_class: CLASS, operator: "a", recorded_at: "2026-04-18T00:00:00Z" };
  await lab.project();
  const run = await lab.run(RUN, {
    validation_overrides: ["aaaa-1", "aaaa-2"].map((id) => ({ ...entry, id, reason: "r" })),
  });
  const revoke = (id: string) => revokeOverride(run, { id, operator: "a", reason: "r" });
  await assert.rejects(revoke("bbbb"), { code: "override_refused" });
  await assert.rejects(revoke("aaaa"), /aaaa-1, aaaa-2/);
  await assert.rejects(revoke("aa"), { code: "override_refused" });
  await revoke("aaaa-1");
  await assert.rejects(revoke("aaaa-1"), { code: "override_refused" });
  await revoke("aaaa");
});

testWith(["anyNames"], "overrides written at the same time are all kept", async () => {
  await using lab = await Lab.make();
  const run = await heldRun(lab);
  const reasons = ["one", "two", "three", "four"];
  await Promise.all(
    reasons.map((reason) => addOverride(run, { class: CLASS, operator: "a", reason })),
  );
  const listed = await listOverrides(run, new Date());
  assert.deepEqual(listed.map(({ reason }) => reason).sort(), [...reasons].sort());
});

Deno.test("explainRule has a title, a reason and a fix for every rule", () => {
  for (const rule of RULES) {
    const { title, why, fix } = explainRule(rule);
    for (const text of [title, why, fix]) assert.ok(text.length > 10, rule);
    assert.ok(fix.endsWith("."), rule);
  }
});

Deno.test("docs/gate.md lists every rule, in the order of the list, with its tier", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/gate.md", import.meta.url));
  const rows = [...page.matchAll(/^\| `([a-z0-9_]+)` +\| (hard|soft)/gm)];
  assert.deepEqual(rows.map(([, rule]) => rule), RULES);
  const hard = rows.filter(([, , tier]) => tier === "hard").map(([, rule]) => rule);
  assert.deepEqual(hard, HARD_RULES);
});

function finding(change: Partial<Finding>): Finding {
  return {
    rule: "orphan",
    tier: "soft",
    run_path: "/r",
    offending_path: "/r",
    offending_kind: "directory_segment",
    matched_token: "r",
    rule_detail: "d",
    synced_under_prior_policy: false,
    override_active: false,
    ...change,
  };
}

Deno.test("auditSummary groups findings, hard first, with the fix in words", async () => {
  const hard = { tier: "hard", rule: "case_collision" } as const;
  const findings = [
    finding({}),
    ...Array.from({ length: 7 }, (_, n) => finding({ ...hard, offending_path: `/r/${n}\x1b[31m` })),
    finding({ ...hard, override_active: true, run_path: "/s" }),
  ];
  const [first, second] = groupFindings(findings);
  assert.deepEqual([first?.rule, first?.count, first?.overridden, first?.runs], [
    "case_collision",
    8,
    1,
    2,
  ]);
  assert.equal(second?.rule, "orphan");
  const place: PlaceAudit = {
    kind: "run",
    path: "/r",
    findings,
    above: [],
    problems: [{ path: "/r/closed", code: "unreadable", message: "permission denied" }],
    syncStatus: null,
    overrides: [],
    entries: 9,
  };
  const result = await gatherAudit([place]);
  const text = auditSummary(result).join("\n");
  assert.match(text, /^HARD {2}Two names/);
  assert.match(text, /fix: Rename one of the two/);
  assert.match(text, /and 3 more/);
  assert.match(text, /NOT JUDGED {2}\/r\/closed: permission denied/);
  assert.match(text, /1 run in \d+ ms: 9 findings, 7 of them hold runs back/);
  assert.ok(!text.includes("\x1b"));
});

Deno.test("printable shows what would steer a terminal or turn a name around", () => {
  assert.equal(printable("a\x1b[31m\u202Etxt.exe"), "a\\u{1b}[31m\\u{202e}txt.exe");
  assert.equal(printable("Größe 日本"), "Größe 日本");
});

Deno.test("DEFAULT_GATE_SETTINGS are what a configuration that is silent about them gives", () => {
  const { config } = checkConfigText("", { file: "config.yaml", os: "linux", env: {} });
  assert.deepEqual(config?.validator, DEFAULT_GATE_SETTINGS);
});

Deno.test("gateVerdict warns of overrides that cannot mean what they say, once each", async () => {
  await using lab = await Lab.make();
  const file = `${lab.root}/app.log`;
  const [orphan, malformed] = [crypto.randomUUID(), crypto.randomUUID()];
  const about = { operator: "jlee", recorded_at: "2026-06-01T08:00:00Z", reason: "vendor syntax" };
  const overrides = [
    { id: orphan, revokes: "nobody", revoked: true, ...about },
    { id: malformed, problem_class: CLASS, revoked: false, expires_at: "next week", ...about },
  ];
  {
    using _log = configureLog({ level: "warning", file });
    for (let i = 0; i < 3; i++) gateVerdict([], { overrides, now: new Date() });
  }
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, new RegExp(`WARN .*revocation has no effect: ${orphan}.*nobody`));
  assert.match(lines[1]!, new RegExp(`WARN .*no effect: ${malformed}.*expires_at is not a time`));
});

Deno.test("addOverride of a folder without a record says how it gets one", async () => {
  await using lab = await Lab.make();
  await lab.write(`${RUN}/a.tif`);
  const run = lab.at(RUN);
  await assert.rejects(
    () => addOverride(run, { class: CLASS, operator: "ada", reason: "it is so" }),
    (error) =>
      error instanceof LabferryError && error.code === "record_missing" &&
      error.message === `${run} has no record yet to keep that in` &&
      /run adopt.*renamed first/.test(error.hint ?? ""),
  );
});
