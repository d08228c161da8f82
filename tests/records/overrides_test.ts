import assert from "node:assert/strict";
import {
  newOverride,
  newRevocation,
  type OverrideEntry,
  overridesAt,
  readCreation,
} from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture } from "./fixtures.ts";

const AT = new Date("2026-06-01T00:00:00Z");

function entry(more: OverrideEntry = {}): OverrideEntry {
  return {
    id: "a",
    problem_class: "case_collision",
    operator: "o",
    recorded_at: "2026-05-01T00:00:00Z",
    reason: "r",
    revoked: false,
    ...more,
  };
}

const isActive = (...entries: OverrideEntry[]) => overridesAt(entries, AT).active.length > 0;

Deno.test("overridesAt takes the fixture's one active override and reports orphan and malformed", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.7-overrides.json");
  const { validation_overrides } = await readCreation(path);
  const state = overridesAt(validation_overrides, AT);
  assert.deepEqual(state.active.map(({ reason }) => reason), ["whitelisted"]);
  assert.deepEqual(state.orphans.map(({ id }) => id), ["44444444-5d6b-4a7e-8c9d-1e2f3a4b5c6d"]);
  assert.deepEqual(state.malformed.map(({ id }) => id), ["33333333-2222-4333-8444-555555555555"]);
  const before = overridesAt(validation_overrides, new Date("2026-04-18T23:59:59Z"));
  assert.deepEqual(before.active.map(({ reason }) => reason), ["whitelisted", "expired one"]);
});

Deno.test("overridesAt: an override ends at its expiry, not after it", () => {
  assert.ok(isActive(entry({ expires_at: null })));
  assert.ok(isActive(entry({ expires_at: "2026-06-01T00:00:01Z" })));
  assert.ok(!isActive(entry({ expires_at: "2026-06-01T00:00:00Z" })));
  assert.ok(isActive(entry({ expires_at: "2026-06-01T01:00:00-01:00" })));
  assert.ok(!isActive(entry({ expires_at: "2026-06-01T01:00:00+02:00" })));
});

Deno.test("overridesAt closes the gate on whatever is not understood", () => {
  const odd: OverrideEntry[] = [
    { expires_at: "next tuesday" },
    { expires_at: "2099-01-01" },
    { expires_at: "2099-01-01T00:00:00" },
    { expires_at: "2099-02-30T00:00:00Z" },
    { expires_at: 4102444800 },
    { expires_at: "" },
    { revoked: "no" },
    { revoked: 0 },
    { revoked: null },
    { operator: "" },
    { operator: undefined },
    { reason: " " },
    { problem_class: 7 },
    { recorded_at: "yesterday" },
    { id: 12 },
  ];
  for (const fault of odd) {
    const state = overridesAt([entry(fault)], AT);
    assert.deepEqual(state.active, [], JSON.stringify(fault));
    assert.equal(state.malformed.length, 1, JSON.stringify(fault));
  }
});

Deno.test("overridesAt: whatever names an override revokes it, before or after it", () => {
  assert.ok(isActive(entry()));
  assert.ok(!isActive(entry(), { id: "t", revokes: "a", revoked: true }));
  assert.ok(!isActive({ id: "t", revokes: "a", revoked: true }, entry()));
  assert.ok(!isActive(entry(), { id: "t", revokes: "a" }));
  assert.ok(isActive(entry(), { id: "t", revokes: "b", revoked: true }));
  assert.equal(overridesAt([entry(), { id: "t", revoked: true }], AT).malformed.length, 1);
});

Deno.test("newOverride and newRevocation refuse what would be no override", () => {
  const draft = { problemClass: "orphan", operator: "o", reason: "r", recordedAt: AT };
  const made = newOverride({ ...draft, expiresAt: "2026-07-01T00:00:00+02:00" });
  assert.match(made["id"] as string, /^[0-9a-f-]{14}4/);
  assert.ok(isActive(made));
  const revocation = newRevocation({
    revokes: made["id"] as string,
    operator: "o",
    reason: "r",
    recordedAt: AT,
  });
  assert.ok(!isActive(made, revocation));
  for (
    const bad of [
      { operator: "" },
      { reason: "  " },
      { problemClass: "" },
      { expiresAt: "2026-05-01T00:00:00Z" },
      { expiresAt: "soon" },
    ]
  ) assert.throws(() => newOverride({ ...draft, ...bad }), { code: "override_refused" });
});

Deno.test("overridesAt tells of an override from the future, which still counts", () => {
  const late = overridesAt([entry({ recorded_at: "2036-05-01T00:00:00Z" })], AT);
  assert.deepEqual(late.ahead.map(({ id }) => id), ["a"]);
  assert.equal(late.active.length, 1);
  const differing = overridesAt([entry({ recorded_at: "2026-06-01T00:04:00Z" })], AT);
  assert.deepEqual(differing.ahead, []);
});
