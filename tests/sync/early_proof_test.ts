/** Proof beside the transfer: what it saves, and that it never says more than a pass would. */
import assert from "node:assert/strict";
import {
  type FarHashRequest,
  type FarSession,
  type PushRequest,
  type Transport,
  TransportError,
} from "../../lib/transports/mod.ts";
import { EarlyProof } from "../../lib/sync/early_proof.ts";
import { corrupt } from "../contract/stage.ts";
import { assertProven, assertSameRun } from "../support/far_proof.ts";

import { startSshd } from "../support/sshd.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { type Bench, openBench } from "./bench.ts";
import { overSsh } from "./over_ssh.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta", "c.dat": "gamma" };

/** What a test does in the midst of a delivery, and what it saw of it. */
class Midst {
  /** Names asked for in each call of `hash`, those of the books left out. */
  readonly hashes: string[][] = [];
  /** Thrown by the first hash. */
  fault: Error | null = null;
  /** Done over there when every file was hashed, before the push ends. */
  after: () => Promise<void> = () => Promise.resolve();
  #isOver = false;
  #isHashed = Promise.withResolvers<void>();

  /** The same transport; a push of it ends when something of it was hashed over there. */
  wrap(transport: Transport): Transport {
    return {
      type: transport.type,
      traits: transport.traits,
      address: transport.address,
      refusalOfName: (path) => transport.refusalOfName(path),
      placesHere: (options) => transport.placesHere(options),
      connect: async (options) => this.#session(await transport.connect(options)),
    };
  }

  #session(session: FarSession): FarSession {
    return new Proxy(session, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (name === "push") return (request: PushRequest) => this.#push(target, request);
        if (name === "hash") return (request: FarHashRequest) => this.#hash(target, request);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  async #push(session: FarSession, request: PushRequest): Promise<void> {
    await session.push(request);
    if (isBooks(request.farDir)) return;
    let isHashed = false;
    void this.#isHashed.promise.then(() => isHashed = true);
    for (let turn = 0; turn < 4_000 && !isHashed; turn++) {
      await new Promise((resume) => setTimeout(resume, 5));
    }
    assert.ok(isHashed, "nothing was hashed beside the push");
  }

  async #hash(session: FarSession, request: FarHashRequest) {
    if (isBooks(request.farDir)) return await session.hash(request);
    this.hashes.push(await Array.fromAsync(request.files, ({ path }) => path));
    const isFirst = this.hashes.length === 1;
    if (isFirst && this.fault) {
      this.#isHashed.resolve();
      throw this.fault;
    }
    const outcome = await session.hash(request);
    // Files arrive one by one, and the first question may be for some of them only.
    if (!this.#isOver && this.hashes.flat().length >= Object.keys(FILES).length) {
      this.#isOver = true;
      await this.after();
      this.#isHashed.resolve();
    }
    return outcome;
  }
}

function isBooks(farDir: string): boolean {
  return farDir.endsWith(".exlab-wizard");
}

async function changeSecond(path: string): Promise<number> {
  return Math.floor((await Deno.stat(path)).ctime!.getTime() / 1000);
}

async function openMidst(
  other: (transport: Transport) => Transport = (transport) => transport,
): Promise<{ midst: Midst; bench: Bench; run: string; far: string }> {
  const midst = new Midst();
  const bench = await openBench({
    wrap: (transport) => midst.wrap(other(transport)),
  });
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  return { midst, bench, run, far: bench.lab.farRun(run) };
}

testWith(
  ["pastCache"],
  "what was hashed early counts only together with how the file was",
  async () => {
    const { run, ...opened } = await openMidst();
    await using bench = opened.bench;
    const { passes } = bench.queue;
    const done: number[] = [];
    const begin = EarlyProof.begin;
    let early: EarlyProof | undefined;
    EarlyProof.begin = async (...args) => early = await begin.apply(EarlyProof, args);
    const record = passes.record.bind(passes);
    let recorded = 0;
    passes.record = (...args) => {
      const differing = record(...args);
      if (!early || recorded >= Object.keys(FILES).length) return differing;
      recorded += args[1].length;
      const now = recorded;
      // Runs as soon as whoever recorded lets others have the thread.
      queueMicrotask(() => done.push(early!.done.files - now));
      return differing;
    };
    try {
      assert.equal((await bench.deliver(run)).state, "verified");
    } finally {
      EarlyProof.begin = begin;
    }
    assert.ok(done.length > 0);
    assert.deepEqual(done, done.map(() => 0));
  },
);

testWith(
  ["pastCache"],
  "deliver hashes over there beside the push, and the pass asks only for the rest",
  async () => {
    const { midst, run, far, ...opened } = await openMidst();
    await using bench = opened.bench;
    const job = await bench.deliver(run);
    assert.equal(job.state, "verified");
    assert.deepEqual([job.verification?.matched, job.verifyPasses], [3, 1]);
    assert.deepEqual(midst.hashes.flat().sort(), Object.keys(FILES));
    assert.deepEqual(bench.queue.passes.of(job.id).map(({ outcome }) => outcome), ["passed"]);
    await assertProven(far);
    await assertSameRun(run, far);
  },
);

testWith(
  ["pastCache"],
  "deliver hashes again what was touched after it was hashed beside the push",
  async () => {
    const { midst, run, far, ...opened } = await openMidst();
    await using bench = opened.bench;
    midst.after = async () => {
      const before = await changeSecond(`${far}/b.dat`);
      await corrupt(`${far}/b.dat`);
      // What is written within the second of its arrival is what the service waits for.
      await until(async () => {
        const { mtime } = await Deno.stat(`${far}/b.dat`);
        await Deno.utime(`${far}/b.dat`, mtime!, mtime!);
        return await changeSecond(`${far}/b.dat`) > before;
      }, { what: "the next second" });
    };
    const job = await bench.deliver(run);
    assert.deepEqual([job.state, job.resent], ["queued", true]);
    assert.equal(midst.hashes.flat().filter((path) => path === "b.dat").length, 2);
    assert.deepEqual(bench.queue.passes.of(job.id).map(({ outcome }) => outcome), ["failed"]);
  },
);

testWith(
  ["pastCache"],
  "deliver hashes again what went away after it was hashed beside the push",
  async () => {
    const { midst, run, far, ...opened } = await openMidst();
    await using bench = opened.bench;
    midst.after = () => Deno.remove(`${far}/c.dat`);
    const job = await bench.deliver(run);
    assert.deepEqual([job.state, job.resent], ["queued", true]);
    assert.equal(midst.hashes.flat().filter((path) => path === "c.dat").length, 2);
  },
);

Deno.test("deliver proves by the pass alone when hashing beside the push fails", async () => {
  const { midst, run, far, ...opened } = await openMidst();
  await using bench = opened.bench;
  midst.fault = new TransportError("unknown", "made to fail");
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.attempts, job.lastError], ["verified", 0, null]);
  assert.deepEqual(midst.hashes.at(-1), Object.keys(FILES));
  await assertProven(far);
});

Deno.test("deliver takes nothing from what a stopped delivery had hashed beside its push", async () => {
  const { midst, run, far, ...opened } = await openMidst();
  await using bench = opened.bench;
  const stop = new AbortController();
  midst.after = () => {
    stop.abort(new DOMException("the service stops", "AbortError"));
    return Promise.resolve();
  };
  const stopped = await bench.deliver(run, { signal: stop.signal });
  assert.equal(stopped.state, "queued");
  await corrupt(`${far}/a.dat`);
  midst.after = () => Promise.resolve();
  const job = await bench.deliver(run);
  assert.notEqual(job.state, "verified");
  assert.ok(midst.hashes.slice(1).flat().includes("a.dat"));
});

testWith(
  ["rsync", "sshd", "sha256sum"],
  "deliver hashes over ssh beside the push, what was flushed over there first",
  async () => {
    await using sshd = await startSshd();
    const { midst, run, far, ...opened } = await openMidst(({ address }) => overSsh(sshd, address));
    await using bench = opened.bench;
    const job = await bench.deliver(run);
    assert.deepEqual([job.state, job.verification?.strength], ["verified", "remote_computed"]);
    assert.deepEqual(midst.hashes.flat().sort(), Object.keys(FILES));
    await assertProven(far);
  },
);
