import assert from "node:assert/strict";
import { RULES } from "../../lib/gate/mod.ts";
import { fakeControl } from "./fake_control.ts";
import { fakeGate, findingOf, overrideOf } from "./fake_gate.ts";
import { codeOf, openHouse } from "./house.ts";

const HOSTILE = "/data/Run_<script>alert('1')</script> \"&\" \u202e";

Deno.test("GET /api/v1/problems explains every rule, and counts more than it lists", async () => {
  const soft = Array.from(
    { length: 5 },
    (_, i) => findingOf({ rule: "orphan", tier: "soft", run_path: `/data/${i}` }),
  );
  const gate = fakeGate([findingOf(), findingOf({ override_active: true }), ...soft]);
  const { ask } = openHouse(fakeControl(), { gate });
  const all = await (await ask("/api/v1/problems")).json();
  assert.equal(all.findings.length, 7);
  const { findings, groups, explanations, soft: softCount } =
    await (await ask("/api/v1/problems?limit=1")).json();
  assert.deepEqual(findings, [findingOf()]);
  assert.equal(softCount, 5);
  assert.deepEqual(groups, [
    { rule: "unresolved_placeholder_token", tier: "hard", count: 2, overridden: 1, runs: 1 },
    { rule: "orphan", tier: "soft", count: 5, overridden: 0, runs: 5 },
  ]);
  assert.deepEqual(Object.keys(explanations), [...RULES]);
  for (const { title, why, fix } of Object.values<Record<string, string>>(explanations)) {
    assert.ok(title && why && fix);
  }
  for (const limit of ["-1", "x", "1.5"]) {
    assert.equal(await codeOf(await ask(`/api/v1/problems?limit=${limit}`)), "400 usage");
  }
});

Deno.test("overrides are read by everybody and changed with the token only", async () => {
  const gate = fakeGate();
  gate.overridesNow = [overrideOf()];
  const { ask, askWithToken } = openHouse(fakeControl(), { gate });
  const query = new URLSearchParams({ run: HOSTILE });
  const shown = await (await ask(`/api/v1/overrides?${query}`)).json();
  assert.deepEqual(shown, { overrides: [overrideOf()] });

  const add = { run: HOSTILE, class: "case_collision", operator: "Ada", reason: "both are needed" };
  const revoke = { run: HOSTILE, id: overrideOf().id, operator: "Bob", reason: "renamed" };
  const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) });
  assert.equal(await codeOf(await ask("/api/v1/overrides", post(add))), "401 token_required");
  assert.equal(
    await codeOf(await ask("/api/v1/overrides/revoke", post(revoke))),
    "401 token_required",
  );
  assert.deepEqual(gate.changes, []);

  for (const gap of ["run", "class", "operator", "reason"]) {
    for (const empty of [undefined, "", "   "].slice(0, gap === "run" ? 2 : 3)) {
      const answer = await askWithToken("/api/v1/overrides", post({ ...add, [gap]: empty }));
      assert.equal(await codeOf(answer), "400 usage", `${gap} ${empty}`);
    }
  }
  assert.equal((await askWithToken("/api/v1/overrides", post(add))).status, 200);
  assert.equal((await askWithToken("/api/v1/overrides/revoke", post(revoke))).status, 200);
  assert.deepEqual(gate.changes, [add, revoke]);
});
