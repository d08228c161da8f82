/** The line of a run's timeline that tells of its session, when a delivery ends before it is written. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { Sessions } from "../../lib/sessions/mod.ts";
import { verifyAgain } from "../../lib/sync/mod.ts";
import { openBench } from "./bench.ts";

Deno.test("a later pass writes the session's line that a delivery could not write, and once", async () => {
  await using bench = await openBench();
  const { queue } = bench;
  const sessions = new Sessions({
    rules: new Map([["PLATE_01", { id: "mouse12", parts: ["PLATE_01", "PLATE_02"] }]]),
    bases: [],
    queue,
  });
  const logged: string[] = [];
  const context = {
    ...bench.context,
    sessions,
    log: (_level: string, message: string) => void logged.push(message),
  };
  const run = await bench.lab.makeRun({ "a.dat": "alpha" });
  bench.enqueue(run);
  const standingOf = sessions.standingOf.bind(sessions);
  sessions.standingOf = () => Promise.reject(new LabferryError("not_found", "the queue is full"));
  const job = await bench.deliver(run, { context });
  assert.equal(job.state, "verified");
  assert.equal(sessions.ownPart("mouse12", "PLATE_01")!.runs[0]!.state, "proven");
  const lines = () => bench.kinds(run).filter((kind) => kind === "session_part").length;
  assert.equal(lines(), 0);
  // The fault itself is seen.
  assert.ok(logged.some((line) => line.includes("the queue is full")), logged.join("\n"));
  sessions.standingOf = standingOf;
  for (const pass of ["first", "second"]) {
    await verifyAgain(bench.job(run), {
      ...bench.work("PLATE_01", { context }),
      dropCache: false,
      refusesMassChange: false,
    });
    assert.equal(lines(), 1, pass);
  }
});
