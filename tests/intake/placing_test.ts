import assert from "node:assert/strict";
import { placingOf } from "../../lib/intake/placing.ts";

const UNDERSCORE = { project: { pattern: "^(?<project>[^_]+)_(?:(?<operator>[a-z]+)_)?" } };

Deno.test("placingOf takes a project from the configuration, or from the folder's name", () => {
  assert.deepEqual(placingOf("whatever", { project: "Cortex Q3" }), {
    project: "Cortex Q3",
    operator: null,
  });
  assert.deepEqual(placingOf("Cortex Q3_ada_007", UNDERSCORE), {
    project: "Cortex Q3",
    operator: "ada",
  });
  assert.deepEqual(placingOf("Cortex_007", UNDERSCORE), { project: "Cortex", operator: null });
});

Deno.test("placingOf never guesses, and never makes a name fit", () => {
  const faultOf = (name: string) => {
    const placing = placingOf(name, UNDERSCORE);
    return "fault" in placing ? placing.fault : null;
  };
  assert.match(faultOf("Cortex-007")!, /^its name does not say its project \(intake\.project/);
  assert.match(faultOf(".._x")!, /^the project in its name, "\.\.", is none: it begins with a dot/);
  assert.match(faultOf("CON_x")!, /Windows reserves that name$/);
  assert.match(faultOf("a:b_x")!, /which Windows shares cannot store$/);
  assert.match(faultOf(" Cortex_x")!, /it begins with a space$/);
  const optional = placingOf("x", { project: { pattern: "^(?<project>a)?" } });
  assert.match("fault" in optional ? optional.fault : "", /it is empty$/);
});
