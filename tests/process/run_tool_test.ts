import assert from "node:assert/strict";
import { encodeUtf8, LabferryError } from "../../lib/base/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { findTool, runTool, succeeded } from "../../lib/process/mod.ts";
import { startingOf } from "../../lib/process/start_tool.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const sh = (script: string, ...args: string[]) => ({
  command: "sh",
  args: ["-c", script, "sh", ...args],
});

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Error && error.message.includes("os error 3")) return false;
    throw error;
  }
}

Deno.test("runTool says not_found for a program that is not there", async () => {
  const outcome = await runTool({ command: "labferry-no-such-tool", args: [] });
  assert.deepEqual(outcome, { kind: "not_found", command: "labferry-no-such-tool" });
});

Deno.test("runTool tells a missing working folder from a missing program", async () => {
  await using dir = await tempDir();
  await assert.rejects(
    runTool({ command: Deno.execPath(), args: ["--version"], cwd: dir.join("gone") }),
    (error) => error instanceof LabferryError && error.code === "not_found",
  );
});

testWith(["linux"], "runTool says permission_denied for a file that is no program", async () => {
  await using dir = await tempDir();
  const file = await dir.write("data", "x");
  await assert.rejects(
    runTool({ command: file, args: [] }),
    (error) => error instanceof LabferryError && error.code === "permission_denied",
  );
});

testWith(
  ["linux"],
  "runTool returns exit code, output and the tail of the error output",
  async () => {
    const outcome = await runTool(sh("echo out; echo one >&2; echo two >&2; exit 3"));
    assert.deepEqual(outcome, {
      kind: "exited",
      code: 3,
      signal: null,
      stdout: "out\n",
      stdoutBytes: new Uint8Array(),
      stderrTail: "one\ntwo",
      stderrUnheardBytes: 0,
    });
    assert.equal(succeeded(outcome), false);
  },
);

testWith(["linux"], "runTool tells a death by signal from an exit", async () => {
  const outcome = await runTool(sh("kill -SEGV $$"));
  assert.ok(outcome.kind === "exited");
  assert.equal(outcome.signal, "SIGSEGV");
  assert.equal(outcome.code, 139);
});

testWith(["linux"], "runTool passes arguments as they are, with no shell between", async () => {
  const odd = ["a b", "$HOME", "*", "`id`", "'\"", "new\nline", "-n", ""];
  const outcome = await runTool({ command: "printf", args: ["[%s]\\0", ...odd] });
  assert.ok(succeeded(outcome));
  assert.equal(outcome.stdout, odd.map((it) => `[${it}]\0`).join(""));
});

testWith(["linux"], "runTool feeds bytes and streams, and gives bytes back untouched", async () => {
  const bytes = new Uint8Array(1_000_000).map((_, i) => i * 31);
  const back = await runTool({ command: "cat", args: [], stdin: bytes, stdout: "bytes" });
  assert.ok(succeeded(back));
  assert.deepEqual(back.stdoutBytes, bytes);
  const stream = ReadableStream.from([encodeUtf8("one "), encodeUtf8("two")]);
  const streamed = await runTool({ command: "cat", args: [], stdin: stream });
  assert.ok(succeeded(streamed));
  assert.equal(streamed.stdout, "one two");
});

testWith(
  ["linux"],
  "runTool leaves an input that never ends as soon as its reader has ended",
  async () => {
    const left = Promise.withResolvers<"left">();
    const stdin = new ReadableStream<Uint8Array>({ cancel: () => left.resolve("left") });
    const running = runTool({ ...sh("exit 4"), stdin });
    assert.equal(await Promise.race([left.promise, running.then(() => "waited for it")]), "left");
    assert.equal((await running).kind, "exited");
  },
);

testWith(["linux"], "runTool takes it calmly when a tool does not read its input", async () => {
  const outcome = await runTool({ ...sh("exit 4"), stdin: new Uint8Array(5_000_000) });
  assert.ok(outcome.kind === "exited");
  assert.equal(outcome.code, 4);
});

testWith(["linux"], "runTool gives a tool nothing to read when nothing is given", async () => {
  const outcome = await runTool({ command: "cat", args: [], timeoutMs: 5_000 });
  assert.ok(succeeded(outcome));
  assert.equal(outcome.stdout, "");
});

testWith(["linux"], "runTool cuts lines at CR, LF and CRLF", async () => {
  const out: string[] = [];
  const err: string[] = [];
  await runTool({
    ...sh(`printf ' 10%%\\r 20%%\\r\\nfile ä\\n\\nlast'; printf 'warn\\nworse' >&2`),
    onStdoutLine: (line) => out.push(line),
    onStderrLine: (line) => err.push(line),
  });
  assert.deepEqual(out, [" 10%", " 20%", "file ä", "", "last"]);
  assert.deepEqual(err, ["warn", "worse"]);
});

testWith(["linux"], "runTool keeps memory bounded and drains what it does not keep", async () => {
  const noisy = sh("head -c 30000000 /dev/zero; head -c 30000000 /dev/zero >&2");
  const outcome = await runTool({ ...noisy, stdout: "discard" });
  assert.ok(succeeded(outcome));
  assert.equal(outcome.stdout, "");
  assert.ok(outcome.stderrTail.length <= 8 * 1024);
});

testWith(
  ["linux"],
  "runTool refuses to keep more output than it may, and ends the tool",
  async () => {
    const startedMs = performance.now();
    await assert.rejects(
      runTool({ ...sh("echo 123456; exec sleep 60"), maxStdoutBytes: 5 }),
      (error) => error instanceof LabferryError && error.code === "output_too_large",
    );
    assert.ok(performance.now() - startedMs < 30_000);
  },
);

testWith(["linux"], "runTool ends the tool and throws on what a callback throws", async () => {
  const thrown = new Error("disk full in the log");
  await assert.rejects(
    runTool({
      ...sh("echo line; exec sleep 60"),
      onStdoutLine: () => {
        throw thrown;
      },
    }),
    thrown,
  );
});

testWith(["linux"], "runTool lets a slow reader of chunks hold the tool back", async () => {
  let total = 0;
  const outcome = await runTool({
    command: "head",
    args: ["-c", "1000000", "/dev/zero"],
    onStdoutChunk: async (bytes) => {
      await Promise.resolve();
      total += bytes.length;
    },
  });
  assert.ok(succeeded(outcome));
  assert.equal(total, 1_000_000);
});

testWith(["linux"], "runTool times out, and says whether force was needed", async () => {
  const polite = await runTool({ ...sh("exec sleep 60"), timeoutMs: 30 });
  assert.deepEqual(polite, { kind: "timed_out", forced: false, stderrTail: "" });
  const stubborn = await runTool({
    ...sh("trap '' TERM; echo deaf >&2; while :; do sleep 1; done"),
    timeoutMs: 100,
    graceMs: 100,
  });
  assert.deepEqual(stubborn, { kind: "timed_out", forced: true, stderrTail: "deaf" });
});

testWith(["linux"], "runTool does not start when its signal has aborted", async () => {
  await using dir = await tempDir();
  const mark = dir.join("mark");
  const outcome = await runTool({ ...sh('touch "$1"', mark), signal: AbortSignal.abort() });
  assert.deepEqual(outcome, { kind: "cancelled", forced: false, stderrTail: "" });
  await assert.rejects(Deno.stat(mark), Deno.errors.NotFound);
});

testWith(
  ["linux"],
  "runTool cancelled ends the grandchildren too, the deaf ones by force",
  async () => {
    const giveUp = new AbortController();
    const pids: number[] = [];
    const outcome = await runTool({
      ...sh(`sleep 60 & echo $!
      sh -c 'trap "" TERM; echo $$; echo ready; exec sleep 60' & wait`),
      signal: giveUp.signal,
      graceMs: 150,
      onStdoutLine: (line) => line === "ready" ? giveUp.abort() : pids.push(Number(line)),
    });
    assert.deepEqual(outcome, { kind: "cancelled", forced: true, stderrTail: "" });
    assert.equal(pids.length, 2);
    assert.deepEqual(pids.filter(isAlive), []);
  },
);

testWith(["linux"], "runTool does not wait for a helper that keeps the pipes open", async () => {
  const startedMs = performance.now();
  const pids: string[] = [];
  const outcome = await runTool({
    ...sh("sleep 60 & echo $!; exit 0"),
    onStdoutLine: (line) => pids.push(line),
  });
  assert.ok(succeeded(outcome));
  assert.ok(performance.now() - startedMs < 30_000);
  Deno.kill(Number(pids[0]), "SIGKILL");
});

testWith(
  ["linux"],
  "runTool puts the token and the environment where the tool sees them",
  async () => {
    const outcome = await runTool({
      ...sh('echo "$LABFERRY_JOB/$EXTRA/${PATH:+path}"'),
      token: "state:job:1",
      env: { EXTRA: "more" },
    });
    assert.ok(succeeded(outcome));
    assert.equal(outcome.stdout, "state:job:1/more/path\n");
  },
);

testWith(["rsync"], "findTool finds a tool on PATH with its version, or null", async () => {
  const found = await findTool("rsync");
  assert.ok(found);
  assert.match(found.path, /\/rsync$/);
  assert.match(found.version!, /^\d+\.\d+/);
  assert.deepEqual(await findTool(found.path), found);
  assert.equal(await findTool("labferry-no-such-tool"), null);
});

testWith(["sshd"], "findTool asks ssh for its version in ssh's own way", async () => {
  assert.match((await findTool("ssh"))!.version!, /^\d+\.\d+p\d+$/);
});

testWith(
  ["linux"],
  "runTool starts a program that somebody is still writing once it is free",
  async () => {
    await using dir = await tempDir("labferry-busy-");
    const program = await dir.write("tool", "#!/bin/sh\necho ready\n");
    await Deno.chmod(program, 0o755);
    const writer = await Deno.open(program, { write: true });
    const outcome = runTool({ command: program, args: [] });
    await new Promise((resolve) => setTimeout(resolve, 0));
    writer.close();
    assert.deepEqual(
      await outcome.then(({ kind, ...rest }) => [kind, "stdout" in rest ? rest.stdout : ""]),
      ["exited", "ready\n"],
    );
  },
);

testWith(["linux"], "runTool gives a tool a session of its own, however it is named", async () => {
  const { path } = (await findTool("sh"))!;
  for (
    const [command, env] of [["sh", {}], [path, {}], ["sh", { PATH: "/usr/bin:/bin" }]] as const
  ) {
    const said = await runTool({
      command,
      args: ["-c", "echo $$; cut -d' ' -f5,6 /proc/$$/stat"],
      env,
    });
    assert.ok(succeeded(said));
    const [pid, group] = said.stdout.trim().split("\n");
    assert.equal(group, `${pid} ${pid}`);
  }
});

testWith(
  ["linux"],
  "runTool says of a program without its interpreter that it is not there",
  async () => {
    await using dir = await tempDir();
    const program = await dir.write("tool", "#!/no/such/interpreter\n");
    await Deno.chmod(program, 0o755);
    assert.deepEqual(await runTool({ command: program, args: [] }), {
      kind: "not_found",
      command: program,
    });
  },
);

testWith(
  ["linux"],
  "runTool takes a tool's own word of what could not be executed for its own",
  async () => {
    await using dir = await tempDir();
    const program = await dir.write(
      "tool",
      `#!/bin/sh\necho once >> ${
        dir.join("ran")
      }\necho "setsid: cannot execute me" >&2\nexit 126\n`,
    );
    await Deno.chmod(program, 0o755);
    const outcome = await runTool({ command: program, args: [] });
    assert.ok(outcome.kind === "exited");
    assert.equal(outcome.code, 126);
    assert.equal(await Deno.readTextFile(dir.join("ran")), "once\n");
  },
);

testWith(
  ["linux"],
  "runTool cancelled in the tool's first moments leaves nothing of it",
  async () => {
    await using dir = await tempDir();
    const mark = dir.join("mark");
    for (let n = 0; n < 20; n++) {
      const giveUp = new AbortController();
      const running = runTool({
        ...sh('sleep 60 & echo $! >> "$1"; wait', mark),
        signal: giveUp.signal,
      });
      await new Promise((resolve) => setTimeout(resolve, n % 5));
      giveUp.abort();
      assert.deepEqual(await running, { kind: "cancelled", forced: false, stderrTail: "" });
    }
    const started = (await isThere(mark) ? await Deno.readTextFile(mark) : "").trim().split("\n");
    assert.deepEqual(started.filter(Boolean).map(Number).filter(isAlive), []);
  },
);

testWith(
  ["linux"],
  "a tool on the PATH is started without a fork, where the system has setsid",
  async () => {
    const { path: program } = (await findTool("sh"))!;
    assert.ok(await isThere("/usr/bin/setsid"));
    for (const command of ["sh", program]) {
      assert.deepEqual(startingOf({ command }), { by: "setsid", program });
    }
    const own = { command: "sh", env: { PATH: "/usr/bin:/bin" } };
    for (const run of [own, { command: "./sh" }, { command: "labferry-no-such-tool" }]) {
      assert.deepEqual(startingOf(run), { by: "fork" });
    }
  },
);
