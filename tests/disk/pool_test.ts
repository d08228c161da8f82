import assert from "node:assert/strict";
import { clearImmediate, setImmediate } from "node:timers";
import { fileURLToPath } from "node:url";
import { LabferryError } from "../../lib/base/mod.ts";
import { DiskThread } from "../../lib/disk/disk_thread.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { tempDir } from "../support/temp_dir.ts";

/** A large file without bytes on disk: reading it takes seconds. */
async function largeFile(path: string): Promise<string> {
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(40 * 1024 ** 3);
  return path;
}

Deno.test("DiskPool starts no thread before there is work, and none is left after dispose", async () => {
  await using dir = await tempDir();
  const pool = new DiskPool();
  assert.equal(pool.size, 0);
  await pool.hashFile(await dir.write("f", "x"));
  assert.equal(pool.size, 1);
  pool[Symbol.dispose]();
  assert.equal(pool.size, 0);
  await assert.rejects(pool.hashFile(dir.join("f")), /closed/);
});

Deno.test("DiskPool hands its thread on: the next pool starts none of its own", async () => {
  await using dir = await tempDir();
  const path = await dir.write("f", "x");
  using kept = new DiskPool();
  for (let i = 0; i < 3; i++) {
    using passing = new DiskPool();
    await passing.hashFile(path);
    for await (const _ of passing.walkTree(dir.path));
  }
  assert.equal(kept.size, 1);
  assert.equal((await kept.hashFile(path)).sizeBytes, 1);
  assert.equal(kept.size, 1);
});

/** Five pools with a thread in hand at once, which they give back. */
async function fiveThreads(dir: string): Promise<void> {
  using pools = new DisposableStack();
  const walks = Array.from({ length: 5 }, () => pools.use(new DiskPool()).walkTree(dir));
  await Promise.all(walks.map((walk) => walk.next()));
  for (const walk of walks) await walk.next();
}

Deno.test("the threads that several pools had at once are kept for a moment, and two of them for long", async () => {
  await using dir = await tempDir();
  await dir.write("f", "x");
  using kept = new DiskPool();
  for (let round = 0; round < 2; round++) {
    await fiveThreads(dir.path);
    assert.equal(kept.size, 5);
  }
  await until(() => kept.size === 2, { what: "the surplus to end" });
});

Deno.test("threads are started one a turn of the event loop, however many are wanted at once", async () => {
  await using dir = await tempDir();
  await dir.write("f", "x");
  let turns = 0;
  const count = () => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const { run } = DiskThread.prototype;
  const firstUsed = new Map<DiskThread, number>();
  DiskThread.prototype.run = function <T>(...asked: Parameters<typeof run>): Promise<T> {
    if (!firstUsed.has(this)) firstUsed.set(this, turns);
    return run.apply(this, asked) as Promise<T>;
  };
  try {
    await fiveThreads(dir.path);
  } finally {
    DiskThread.prototype.run = run;
    clearImmediate(counting);
  }
  assert.equal(firstUsed.size, 5);
  assert.equal(new Set(firstUsed.values()).size, 5, [...firstUsed.values()].join());
});

Deno.test("DiskPool that is closed ends the thread it has in hand, and no other pool's", async () => {
  await using dir = await tempDir();
  const small = await dir.write("small", "x");
  const large = await largeFile(dir.join("large"));
  using other = new DiskPool();
  const pool = new DiskPool();
  const running = assert.rejects(pool.hashFile(large), { code: "thread_lost" });
  await other.hashFile(small);
  pool[Symbol.dispose]();
  await running;
  assert.equal(other.size, 1);
  assert.equal((await other.hashFile(small)).sizeBytes, 1);
});

Deno.test("DiskPool rejects at once when the signal aborts, and its thread works on", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool({ threads: 1 });
  const large = await largeFile(dir.join("large"));
  const small = await dir.write("small", "x");
  const giveUp = new AbortController();
  const hashing = pool.hashFile(large, {
    signal: giveUp.signal,
    onBytes: () => giveUp.abort(new Error("enough")),
  });
  const queued = pool.hashFile(small);
  await assert.rejects(hashing, /enough/);
  assert.equal((await queued).sizeBytes, 1);
  assert.equal(pool.size, 1);
});

Deno.test("DiskPool lets a waiting task be given up without touching the one that runs", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool({ threads: 1 });
  const path = await dir.write("f", new Uint8Array(5_000_000));
  const giveUp = new AbortController();
  const running = pool.hashFile(path);
  const waiting = pool.hashFile(path, { signal: giveUp.signal });
  giveUp.abort(new Error("never mind"));
  await assert.rejects(waiting, /never mind/);
  assert.equal((await running).sizeBytes, 5_000_000);
});

testWith(["linux"], "DiskPool replaces a thread that hangs in a system call", async () => {
  await using dir = await tempDir();
  const pipe = dir.join("pipe");
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  const url = new URL("./stubborn_worker.ts", import.meta.url).href;
  using pool = new DiskPool({ threads: 1, workerUrl: url });
  await assert.rejects(
    pool.hashFile(pipe, { signal: AbortSignal.timeout(50) }),
    (error) => error instanceof DOMException && error.name === "TimeoutError",
  );
  // There is one thread: this is answered only when the one that hangs has been replaced.
  await assert.rejects(
    pool.hashFile(dir.path, { signal: AbortSignal.timeout(60_000) }),
    (error) => error instanceof LabferryError && error.message === "alive",
  );
  assert.equal(pool.size, 1);
});

Deno.test("DiskPool rejects what is under way when it is closed", async () => {
  await using dir = await tempDir();
  const large = await largeFile(dir.join("large"));
  const pool = new DiskPool({ threads: 1 });
  const running = assert.rejects(
    pool.hashFile(large),
    (error) => error instanceof LabferryError && error.code === "thread_lost",
  );
  const waiting = assert.rejects(pool.hashFile(large), /closed/);
  await new Promise((resolve) => setTimeout(resolve, 0));
  pool[Symbol.dispose]();
  await Promise.all([running, waiting]);
});

Deno.test("DiskPool ends idle threads and does not keep the process alive", async () => {
  await using dir = await tempDir();
  const path = await dir.write("f", "x");
  const script = `
    import { DiskPool } from ${JSON.stringify(new URL("../../lib/disk/mod.ts", import.meta.url))};
    const pool = new DiskPool({ idleMs: Number(Deno.args[1]) });
    await pool.hashFile(Deno.args[0]);
    for await (const _ of pool.walkTree(Deno.args[0].replace(/.f$/, "")));
    if (Deno.args[1] === "20") {
      while (pool.size > 0) await new Promise((r) => setTimeout(r, 5));
    }
    console.log("size", pool.size);
  `;
  const file = await dir.write("script.ts", script);
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  for (const [idleMs, size] of [["60000", "1"], ["20", "0"]] as const) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--config", config, file, path, idleMs],
      stdout: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    const { code, stdout } = await child.output();
    clearTimeout(timer);
    assert.equal(code, 0, "it had to be killed");
    assert.equal(new TextDecoder().decode(stdout).trim(), `size ${size}`);
  }
});
