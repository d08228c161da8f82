/** The one conversation with the far shell: bytes, odd shells, and what happens when it ends. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import { parseDestination } from "../../../lib/transports/rsync_ssh/destination.ts";
import { FarTalk } from "../../../lib/transports/rsync_ssh/far_talk.ts";
import { SshConnection } from "../../../lib/transports/rsync_ssh/ssh_connection.ts";
import { AnswerReader } from "../../../lib/transports/rsync_ssh/talk_answer.ts";
import { encodeRequest, talkLoop } from "../../../lib/transports/rsync_ssh/talk_loop.ts";
import { filesBelow, noise, sha256 } from "../../contract/stage.ts";
import { processesWith } from "../../../lib/process/proc_memory.ts";
import { startSshd } from "../../support/sshd.ts";
import { testWith } from "../../support/needs.ts";
import { procFile } from "../../support/processes.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { hasProgram } from "./has_program.ts";
import { openScene, type Scene } from "./scene.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array) => new TextDecoder().decode(content);

const SHELLS = [["/bin/dash"], ["/bin/busybox", "sh"], ["/bin/bash", "--posix"], ["/bin/sh"]]
  .filter(([program]) => hasProgram(program!));
const EVERY_BYTE = Uint8Array.from({ length: 512 }, (_, at) => at % 256);

Deno.test("talkLoop hands on every byte in each shell, and reads past what a script leaves", async () => {
  const requests: { text: string; args: string[]; input?: Uint8Array }[] = [
    { text: 'printf "%s|" "$@"; exit 7', args: ["", "a\nb\n", "\\0101 c ", "-n", "日本'\"$x`y`"] },
    { text: "cat; echo oops >&2", args: [], input: EVERY_BYTE },
    { text: "exit 0", args: [], input: noise(200_000, 1) },
    { text: "wc -c", args: [], input: new Uint8Array() },
    { text: 'echo "$1"', args: ["last"] },
  ];
  for (const [program, ...args] of SHELLS) {
    const mark = (index: number) => `mark${index}`;
    const { text: loop, args: [hello, word] } = talkLoop("hello", "it's");
    const child = new Deno.Command(program!, {
      args: [...args, "-c", loop, "labferry", hello!, word!],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const writing = ReadableStream.from(requests.map((one, i) => encodeRequest(mark(i), one)))
      .pipeTo(child.stdin);
    const [{ stdout }] = await Promise.all([child.output(), writing]);
    const greeting = "hello it's\n";
    assert.equal(text(stdout.slice(0, greeting.length)), greeting, program);
    let rest: Uint8Array = stdout.slice(greeting.length);
    const answers = requests.map((_, i) => {
      const { printed, end } = new AnswerReader(mark(i)).take(rest);
      assert.ok(end, `${program}: no answer to request ${i}`);
      rest = end.rest;
      return [printed, end.code, end.said] as const;
    });
    assert.equal(rest.length, 0);
    const words = "|a\nb\n|\\0101 c |-n|日本'\"$x`y`|";
    assert.deepEqual([text(answers[0]![0]), answers[0]![1]], [words, 7], program);
    assert.deepEqual(answers[1], [EVERY_BYTE, 0, "oops"], program);
    assert.deepEqual(answers[2]![0].length, 0);
    assert.equal(text(answers[3]![0]).trim(), "0");
    assert.equal(text(answers[4]![0]), "last\n");
  }
});

Deno.test("AnswerReader finds the end wherever the stream is cut", () => {
  const whole = bytes("\n\nma\nmark\nx\nmark 61\nwhy\nthis\nmark\nnext");
  for (let cut = 0; cut <= whole.length; cut++) {
    const reader = new AnswerReader("mark");
    const first = reader.take(whole.slice(0, cut));
    const second = first.end ? null : reader.take(whole.slice(cut));
    const printed = text(first.printed) + text(second?.printed ?? new Uint8Array());
    assert.equal(printed, "\n\nma\nmark\nx");
    const end = (second ?? first).end;
    assert.deepEqual([end?.code, end?.said], [61, "why\nthis"]);
    assert.equal(text(end!.rest) + text(whole.slice(second ? whole.length : cut)), "next");
  }
});

/** Everything that goes over the talk, once. */
async function usesAll({ session, push, write, hash, basePath }: Scene): Promise<void> {
  await push([await write("x/a.dat", "A")]);
  const record = noise(40_000, 3);
  await session.putFiles("run", new Map([["r/b.json", record], ["c\n'.json", bytes("{}")]]));
  await session.putFiles("run", new Map([["c\n'.json", bytes("{ }")]]));
  const got = await session.getFiles("run", ["r/b.json", "c\n'.json", "x", "none"]);
  assert.deepEqual(got.get("r/b.json"), record);
  assert.deepEqual([text(got.get("c\n'.json")!), got.get("x"), got.get("none")], [
    "{ }",
    null,
    null,
  ]);
  const listed: string[] = [];
  for await (const { path, kind } of session.list("run")) {
    listed.push(`${kind} ${path}`);
    // Another request while the list is walked.
    await session.check();
  }
  assert.deepEqual(listed.sort(), [
    "file c\n'.json",
    "file r/b.json",
    "file x/a.dat",
    "folder r",
    "folder x",
  ]);
  assert.deepEqual(await session.setAside("run", ["r", "none"], "aside"), ["r"]);
  assert.equal((await session.flush("run")).flushed, true);
  assert.deepEqual(await hash(["x/a.dat"]), new Map([["x/a.dat", sha256("A")]]));
  assert.deepEqual(await filesBelow(basePath), ["aside/r/b.json", "run/c\n'.json", "run/x/a.dat"]);
}

for (const shell of ["tcsh", "fish", "zsh", "bash", "busybox sh"]) {
  const path = `/usr/bin/${shell}`;
  if (!hasProgram(path.split(" ")[0]!)) continue;
  testWith(["rsync", "sshd"], `a session talks to an account whose shell is ${shell}`, async () => {
    await using scene = await openScene({
      sshd: () => ({ forceCommand: `exec ${path} -c "$SSH_ORIGINAL_COMMAND"` }),
    });
    await usesAll(scene);
  });
}

testWith(
  ["rsync", "sshd"],
  "a session does without a talk where one session is allowed",
  async () => {
    await using scene = await openScene({ sshd: () => ({ configLines: ["MaxSessions 1"] }) });
    await usesAll(scene);
  },
);

testWith(
  ["rsync", "sshd"],
  "putFiles and getFiles carry what is too large for a talk",
  async () => {
    await using scene = await openScene();
    const large = noise(3_000_000, 5);
    await scene.session.putFiles("run", new Map([["large", large], ["small", bytes("s")]]));
    const got = await scene.session.getFiles("run", ["small", "large", "none"]);
    assert.deepEqual([...got.keys()], ["small", "large", "none"]);
    assert.ok(sha256(got.get("large")!) === sha256(large));
    assert.deepEqual([text(got.get("small")!), got.get("none")], ["s", null]);
  },
);

testWith(["rsync", "sshd"], "getFiles reads more than a talk holds", async () => {
  await using scene = await openScene();
  const names = Array.from({ length: 70 }, (_, i) => `r${i}`);
  await Deno.mkdir(`${scene.basePath}/run`);
  for (const name of names) {
    await Deno.writeFile(`${scene.basePath}/run/${name}`, new Uint8Array(1_000_000).fill(7));
  }
  const got = await scene.session.getFiles("run", names);
  assert.ok(names.every((name) => got.get(name)?.length === 1_000_000));
});

testWith(
  ["rsync", "sshd"],
  "a list that nobody walks to its end leaves the session usable",
  async () => {
    await using scene = await openScene();
    await Deno.mkdir(`${scene.basePath}/run`);
    for (let i = 0; i < 8_000; i++) {
      await Deno.create(`${scene.basePath}/run/${"long name ".repeat(20)}${i}`).then((f) =>
        f.close()
      );
    }
    for await (const { kind } of scene.session.list("run")) {
      assert.equal(kind, "file");
      break;
    }
    await scene.session.check();
    let count = 0;
    for await (const _ of scene.session.list("run")) {
      if (++count % 2_000 === 0) {
        await scene.session.check();
      }
    }
    assert.equal(count, 8_000);
  },
);

testWith(["rsync", "sshd", "linux"], "putFiles keeps the mode of what it replaces", async () => {
  await using scene = await openScene();
  await scene.session.putFiles("run", new Map([["r.json", bytes("a longer one")]]));
  const path = `${scene.basePath}/run/r.json`;
  await Deno.chmod(path, 0o640);
  await scene.session.putFiles("run", new Map([["r.json", bytes("b")]]));
  assert.equal(await Deno.readTextFile(path), "b");
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
});

testWith(
  ["rsync", "sshd"],
  "putFiles says destination_conflict where a folder stands",
  async () => {
    await using scene = await openScene();
    await Deno.mkdir(`${scene.basePath}/run/r.json`, { recursive: true });
    await assert.rejects(
      scene.session.putFiles("run", new Map([["r.json", bytes("b")]])),
      (error: unknown) => error instanceof TransportError && error.code === "destination_conflict",
    );
    assert.deepEqual([...Deno.readDirSync(`${scene.basePath}/run`)].map(({ name }) => name), [
      "r.json",
    ]);
  },
);

/** The far end of a talk with that server. */
async function loopPid(home: string): Promise<number> {
  for (const [pid, value] of (await processesWith("HOME")).values) {
    if (value !== home) continue;
    const [shell, c, script] = procFile(`${pid}`, "cmdline")?.split("\0") ?? [];
    const isLoop = script?.startsWith("unset TMOUT") && script.includes("take; k=$v");
    if (shell === "sh" && c === "-c" && isLoop) return pid;
  }
  throw new Error("there is no talk");
}

testWith(
  ["rsync", "sshd", "linux"],
  "putFiles leaves a link that has a record's name where it is",
  async () => {
    await using scene = await openScene();
    await scene.session.putFiles("run", new Map([["other.json", bytes("o")]]));
    const link = `${scene.basePath}/run/r.json`;
    await Deno.symlink("other.json", link);
    await assert.rejects(scene.session.putFiles("run", new Map([["r.json", bytes("b")]])));
    assert.equal(await Deno.readLink(link), "other.json");
    assert.equal(await Deno.readTextFile(link), "o");
  },
);

testWith(["rsync", "sshd", "linux"], "a session is over when its talk is lost", async () => {
  await using scene = await openScene();
  await scene.session.check();
  Deno.kill(await loopPid(scene.sshd.home), "SIGKILL");
  await assert.rejects(scene.session.check(), isUnreachable);
  await assert.rejects(scene.session.getFiles("run", ["a"]), isUnreachable);
  await assert.rejects(scene.push([await scene.write("b.dat", "B")]), isUnreachable);
});

testWith(
  ["rsync", "sshd"],
  "FarTalk gives up on a script that says nothing, and the session",
  async () => {
    await using dir = await tempDir();
    await using sshd = await startSshd();
    const signal = new AbortController().signal;
    const destination = parseDestination({
      sshTarget: `${sshd.user}@${sshd.host}`,
      sshPort: sshd.port,
      sshKeyPath: sshd.keyPath,
      knownHostsPath: sshd.knownHostsPath,
      remotePath: dir.path,
    });
    await using connection = await SshConnection.open(destination, {
      signal,
      token: `talk:${crypto.randomUUID()}`,
      scratchDir: dir.path,
    });
    const talk = new FarTalk(connection, signal);
    assert.equal((await talk.opening).kind, "shell");
    const ask = (words: string, silenceMs: number) =>
      talk.ask({ doing: "waiting for", script: { text: words, args: [] }, silenceMs });
    assert.equal(text((await ask("echo yes", 60_000)).printed), "yes\n");
    await assert.rejects(ask("sleep 10", 50), isUnreachable);
    await assert.rejects(ask("echo yes", 60_000), isUnreachable);
    assert.throws(() => connection.throwIfLost(), isUnreachable);
  },
);

function isUnreachable(error: unknown): boolean {
  assert.ok(error instanceof TransportError, String(error));
  assert.equal(error.code, "unreachable", `${error.message}\n${error.toolTail}`);
  return true;
}
