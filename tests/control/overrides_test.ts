import assert from "node:assert/strict";
import type { ControlHouse } from "../../lib/control/house.ts";
import { Overrides } from "../../lib/control/overrides.ts";
import type { MachineEvent } from "../../lib/jobs/mod.ts";
import { openBench } from "../sync/bench.ts";

const LET_PASS = { class: "case_collision", operator: "Ada", reason: "both are meant" };
const CANCELLED: MachineEvent = { type: "hold", hold: "cancelled", reason: "a person" };
const RELEASED: MachineEvent = { type: "release", hold: "gate" };

/** A run that the gate holds; `meanwhile` happens while the gate looks at it for the person who asks. */
async function heldRun(meanwhile: (ground: Ground) => Promise<unknown>) {
  const bench = await openBench();
  const run = await bench.lab.makeRun({ "a.csv": "a\n" });
  await bench.moves.take(bench.enqueue(run), { type: "hold", hold: "gate", reason: "a name" });
  const judge = async () => {
    await meanwhile({ bench, run });
    return { kind: "pass" };
  };
  const house = {
    config: bench.lab.config,
    context: { ...bench.context, gatekeeper: { judge } },
    dispatcher: { moves: bench.moves },
    watch: null,
  } as unknown as ControlHouse;
  return { bench, run, overrides: new Overrides(house) };
}

interface Ground {
  readonly bench: Awaited<ReturnType<typeof openBench>>;
  readonly run: string;
}

Deno.test("an override that the background audit acted upon first is no refusal", async () => {
  const { bench, run, overrides } = await heldRun(({ bench, run }) =>
    bench.moves.take(bench.job(run), RELEASED)
  );
  await using _ = bench;
  const [listed] = await overrides.add(run, LET_PASS);
  assert.equal(listed?.state, "active");
  assert.equal(bench.job(run).hold, null);
  assert.ok(bench.kinds(run).includes("override_added"));
});

Deno.test("a run that somebody cancelled while it was let pass stays cancelled", async () => {
  const { bench, run, overrides } = await heldRun(({ bench, run }) =>
    bench.moves.take(bench.job(run), CANCELLED)
  );
  await using _ = bench;
  await overrides.add(run, LET_PASS);
  assert.equal(bench.job(run).hold, "cancelled");
});
