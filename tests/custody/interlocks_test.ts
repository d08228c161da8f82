/**
 * Each interlock by itself over a real deletion: everything else holds, that one does not, and every file
 * stays as it is. What each says of what facts, by facts alone: `may_delete_test.ts`.
 */
import assert from "node:assert/strict";
import { type CleaningWork, type InterlockName, INTERLOCKS, letGo } from "../../lib/custody/mod.ts";
import { addOverride, type GateVerdict, revokeOverride } from "../../lib/gate/mod.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { filesBelow, sha256 } from "../contract/stage.ts";
import { assertProven } from "../support/far_proof.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { HOUR_MS } from "./facts.ts";
import { signalChild } from "../support/processes.ts";
import { type FarCall, watched } from "../sync/watched_transport.ts";
import { type AgedBench, openAgedBench, POLICY } from "./aged_bench.ts";

const FILES = { "a.dat": "alpha", "deep/b.dat": "beta", "deep/er/c.dat": "gamma" };
const BLOCKED: GateVerdict = { kind: "blocked", reason: "a bad name", findings: [], problems: [] };

interface Stage {
  readonly bench: AgedBench;
  readonly run: string;
  /** Told before each far call of the deletion. */
  onCall(act: (call: FarCall) => void | Promise<void>): void;
  /** Undone when the test ends. */
  readonly stack: AsyncDisposableStack;
}

interface Case {
  readonly what: string;
  readonly tools?: readonly Tool[];
  /** What is done to a run that could go; with it, what the deletion works with instead. */
  readonly spoil: (
    stage: Stage,
  ) => Partial<CleaningWork> | void | Promise<Partial<CleaningWork> | void>;
  /** Found only between the certificate and the first file. */
  readonly isCertified?: boolean;
}

const CASES: Readonly<Record<InterlockName, readonly Case[]>> = {
  passes: [{
    what: "one pass too few",
    spoil: () => ({ policy: { ...POLICY, minVerifyPasses: 4 } }),
  }],
  age: [{
    what: "proven for too short a time",
    spoil: () => ({ policy: { ...POLICY, minAgeHours: 40 } }),
  }, {
    what: "a wall clock that jumped ten years ahead",
    spoil: ({ bench }) => {
      bench.hands.turn(87_600 * HOUR_MS);
      return { policy: { ...POLICY, minAgeHours: 40 } };
    },
  }],
  full_pass: [{
    what: "the destination on the run's own disk",
    spoil: () => ({ policy: { ...POLICY, allowSameDisk: false } }),
  }, {
    what: "a certificate that took two hours",
    isCertified: true,
    spoil: ({ bench, onCall }) =>
      onCall(({ op, args }) => {
        const names = op === "putFiles" ? [...(args[1] as Map<string, unknown>).keys()] : [];
        if (names.includes(RECORD_FILES.certificate)) bench.turn(2);
      }),
  }],
  gate: [{
    what: "a gate that holds it now",
    spoil: ({ bench }) => {
      const judge = () => Promise.resolve(BLOCKED);
      return { context: { ...bench.context, gatekeeper: { judge } } };
    },
  }, {
    what: "a permission that was taken back since",
    spoil: async ({ bench, run }) => {
      const by = { operator: "ada", reason: "vendor syntax", clock: bench.hands };
      const { id } = await addOverride(run, { class: "unresolved_placeholder_token", ...by });
      await revokeOverride(run, { id: String(id), ...by });
    },
  }],
  local_files: [{
    what: "a file that was touched after the seal was looked at",
    spoil: ({ run, onCall }) =>
      onCall(async ({ op }) => {
        if (op === "connect") await Deno.utime(`${run}/a.dat`, 1, 1);
      }),
  }],
  nobody_holds: [{
    what: "a person who keeps it",
    spoil: async ({ bench, run }) => {
      await bench.moves.take(bench.job(run), { type: "pin", pinned: true });
    },
  }, {
    what: "a pause",
    spoil: ({ bench }) => void bench.queue.pauses.pause({ scope: "*", by: "ada" }),
  }, {
    what: "a program that has a file of it open for writing",
    tools: ["linux"],
    spoil: async ({ run, stack }) => void stack.use(await writerOf(`${run}/deep/b.dat`)),
  }, {
    what: "another labferry that looks after it",
    spoil: () => ({ held: () => "another labferry looks after it" }),
  }],
};

for (const name of INTERLOCKS) {
  for (const { what, tools = [], spoil, isCertified = false } of CASES[name]) {
    testWith(tools, `with ${what} only ${name} does not hold, and nothing is deleted`, async () => {
      await using stack = new AsyncDisposableStack();
      let told: (call: FarCall) => void | Promise<void> = () => {};
      const bench = stack.use(
        await openAgedBench({ wrap: (transport) => watched(transport, (call) => told(call)) }),
      );
      const { run, far } = await bench.provenTwice(FILES);
      const more = await spoil({ bench, run, stack, onCall: (act) => void (told = act) });
      const before = await bytesOf(run);
      const outcome = await letGo(bench.job(run), {
        ...bench.work("PLATE_01"),
        policy: POLICY,
        ...more,
      });
      assert.ok(outcome.kind === "kept");
      const open = outcome.interlocks?.filter(({ stand }) => stand !== "holds");
      assert.deepEqual(open?.map((one) => one.name), [name], JSON.stringify(outcome.interlocks));
      assert.equal(outcome.reason, open?.[0]?.sentence);
      assert.deepEqual(await bytesOf(run), before);
      const { state, deletionStartedAt } = bench.job(run);
      assert.deepEqual([state, deletionStartedAt], ["verified", null]);
      await assertProven(far);
      const certificate = recordPath(far, RECORD_FILES.certificate);
      if (isCertified) assert.ok((await Deno.stat(certificate)).isFile);
      else await assert.rejects(Deno.stat(certificate), Deno.errors.NotFound);
    });
  }
}

/** By path. */
async function bytesOf(run: string): Promise<Record<string, string>> {
  const paths = (await filesBelow(run)).filter((path) => !path.startsWith(".exlab-wizard/"));
  assert.equal(paths.length, 3);
  const hashes = paths.map(async (path) => [path, sha256(await Deno.readFile(`${run}/${path}`))]);
  return Object.fromEntries(await Promise.all(hashes));
}

/** Another process that has the file open, and writes nothing. */
async function writerOf(path: string): Promise<AsyncDisposable> {
  const script = 'exec 9>>"$0" && echo open && exec sleep 600';
  const child = new Deno.Command("sh", {
    args: ["-c", script, path],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    async [Symbol.asyncDispose]() {
      signalChild(child, "SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}
