/** A run that goes to an orchestrator's staging area: what says "complete" goes last, and it is not synced. */
import assert from "node:assert/strict";
import type { FileToSend, PushRequest } from "../../lib/transports/mod.ts";
import { assertProven, syncStatus } from "../support/far_proof.ts";
import { writeFiles } from "../support/lab.ts";
import { openBench } from "./bench.ts";
import { type FarCall, watched } from "./watched_transport.ts";

const STAGED = new Map([["PLATE_01", ["RTAComplete.txt", "CopyComplete.txt"]]]);
const FILES = { "CopyComplete.txt": "", "RTAComplete.txt": "", "a.dat": "alpha", "z.dat": "omega" };

/** What each push of data carried, and whether the run's record went over before it. */
function pushesOf(calls: readonly FarCall[]): string[][] {
  return calls.filter(({ op }) => op === "push")
    .map(({ args }) => (args[0] as { files: FileToSend[] }).files.map(({ path }) => path));
}

Deno.test("deliver sends what says complete last, one by one, after the records of a staged run", async () => {
  const calls: FarCall[] = [];
  await using bench = await openBench({
    staged: STAGED,
    wrap: (transport) =>
      watched(transport, async (call) => {
        // The list is gone from the queue once it has arrived: it is read now.
        const [request] = call.args as [PushRequest];
        const files = call.op === "push" ? await Array.fromAsync(request.files) : [];
        calls.push(call.op === "push" ? { ...call, args: [{ files }] } : call);
      }),
  });
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  assert.deepEqual(pushesOf(calls), [
    ["a.dat", "z.dat"],
    ["RTAComplete.txt"],
    ["CopyComplete.txt"],
  ]);
  const pushes = calls.flatMap(({ op }, i) => op === "push" ? [i] : []);
  const between = calls.slice(pushes[0]! + 1, pushes[1]).map(({ op }) => op);
  assert.ok(between.includes("putFiles"), `records before the marker: ${between}`);
  await assertProven(bench.lab.farRun(run));
});

Deno.test("a staged run is handed over: its record says pending here and there, also after a pass", async () => {
  await using bench = await openBench({ staged: STAGED });
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await bench.deliver(run);
  const { verifyAgain } = await import("../../lib/sync/mod.ts");
  const job = await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  assert.deepEqual([job.state, job.verifyPasses], ["verified", 2]);
  assert.equal(await syncStatus(run), "pending");
  assert.equal(await syncStatus(bench.lab.farRun(run)), "pending");
});

Deno.test("deliver says what an interrupted delivery had moved aside", async () => {
  let dies = true;
  await using bench = await openBench({
    wrap: (transport) => ({
      type: transport.type,
      traits: transport.traits,
      address: transport.address,
      refusalOfName: (path) => transport.refusalOfName(path),
      placesHere: (options) => transport.placesHere(options),
      async connect(options) {
        const session = await transport.connect(options);
        return new Proxy(session, {
          get(target, name) {
            const value = Reflect.get(target, name, target);
            if (name !== "setAside") {
              return typeof value === "function" ? value.bind(target) : value;
            }
            return async (farDir: string, names: readonly string[], into: string) => {
              const moved = await target.setAside(farDir, names, into);
              if (dies && moved.includes("a.dat")) throw new Error("the power went");
              return moved;
            };
          },
        });
      },
    }),
  });
  const run = await bench.lab.makeRun({ "a.dat": "alpha", "b.dat": "beta" });
  bench.enqueue(run);
  await bench.deliver(run);
  await writeFiles(run, { "a.dat": "alpha, second version" });
  await bench.seal(run);
  assert.equal((await bench.deliver(run)).state, "queued");
  assert.ok(!bench.kinds(run).includes("set_aside"), "it could not say so any more");
  dies = false;
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  const { set_aside: aside } = job.verification!.account!;
  assert.deepEqual([aside.count, aside.names], [1, ["a.dat"]]);
  const kept = `${bench.lab.farBase("PLATE_01")}/${aside.into[0]}/a.dat`;
  assert.equal(await Deno.readTextFile(kept), "alpha");
});
