import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutateCreation, readCreation } from "../../lib/records/mod.ts";
import { fixtureText } from "../records/fixtures.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const PYTHON = "/usr/bin/python3";
const EACH = 63;

testWith(
  ["filelock", "portalocker"],
  "mutateCreation loses no change among sixteen processes of two languages",
  async () => {
    await using dir = await tempDir();
    // Python's json loses 1e400 and the sign of -0; the rest of the hard fixture survives it.
    const text = (await fixtureText("creation-1.12-future.json"))
      .replace("1e400, -0,", "1e300, 0,");
    const record = await dir.write(".exlab-wizard/creation.json", text);
    const writers = Array.from({ length: 16 }, (_, n) => start(record, n));
    await Promise.all(writers.map((writer) => writer.ready()));
    await Promise.all(writers.map((writer) => writer.go()));
    const ended = Promise.all(writers.map((writer) => writer.ended()));
    await readUntil(record, ended);
    const creation = await readCreation(record);
    const ids = creation.validation_overrides.map((entry) => entry["id"]);
    const expected = writers.flatMap(({ name }) =>
      Array.from({ length: EACH }, (_, i) => `${name}-${i}`)
    );
    assert.equal(ids.length, 16 * EACH);
    assert.deepEqual(ids.toSorted(), expected.toSorted());
    const fields = JSON.parse(await Deno.readTextFile(record));
    assert.deepEqual(fields.future_first, JSON.parse(text).future_first);
    assert.equal(fields.schema_version, "1.12");
    assert.equal(fields.future_last, true);
    assert.ok((await Deno.readTextFile(record)).includes("12345678901234567890"));
  },
);

testWith(
  ["filelock"],
  "mutateCreation goes on when a Python holder of the lock is killed",
  async () => {
    await using dir = await tempDir();
    const text = await fixtureText("creation-1.8.json");
    const record = await dir.write(".exlab-wizard/creation.json", text);
    const code = "import filelock,sys\nlock=filelock.FileLock(sys.argv[1])\nlock.acquire()\n" +
      "print('held',flush=True)\nsys.stdin.read()";
    const holder = new Deno.Command(PYTHON, {
      args: ["-c", code, `${record}.lock`],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const out = holder.stdout.getReader();
    await out.read();
    const change = (lockTimeoutMs: number) =>
      mutateCreation(record, (creation) => ({ ...creation, sync_status: "failed" }), {
        lockTimeoutMs,
      });
    await assert.rejects(change(50), { code: "lock_timeout" });
    holder.kill("SIGKILL");
    await holder.status;
    await out.cancel();
    await holder.stdin.close().catch(ignoreBrokenPipe);
    assert.equal((await change(5000)).sync_status, "failed");
  },
);

function ignoreBrokenPipe(error: unknown): void {
  if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
}

/** Reads without a lock all the while: every version seen is whole and only grows. */
async function readUntil(record: string, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = ended.finally(() => isOver = true);
  let seen = 0;
  while (!isOver) {
    const { validation_overrides } = await readCreation(record);
    assert.ok(validation_overrides.length >= seen);
    seen = validation_overrides.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await over;
}

interface Writer {
  readonly name: string;
  ready(): Promise<void>;
  go(): Promise<void>;
  ended(): Promise<void>;
}

/** Half of the writers are Deno, a quarter each Python with `filelock` and with `portalocker`. */
function start(record: string, n: number): Writer {
  const name = `writer${n}`;
  const common = [record, name, String(EACH)];
  const locker = n % 4 === 1 ? "filelock" : "portalocker";
  const [command, args] = n % 2 === 0
    ? [Deno.execPath(), ["run", "-A", "--no-check", join(HERE, "records_writer.ts"), ...common]]
    : [PYTHON, [join(HERE, "records_writer.py"), ...common, locker]];
  const child = new Deno.Command(command, { args, stdin: "piped", stdout: "piped" }).spawn();
  const out = child.stdout.getReader();
  return {
    name,
    async ready() {
      assert.equal(new TextDecoder().decode((await out.read()).value).trim(), "ready");
    },
    async go() {
      const input = child.stdin.getWriter();
      await input.write(new TextEncoder().encode("\n"));
      await input.close();
    },
    async ended() {
      await out.cancel();
      assert.equal((await child.status).code, 0, name);
    },
  };
}
