/** Locks against the Python libraries that other programs on these trees use, in both directions. */
import assert from "node:assert/strict";
import { lockFile, tryLockFile } from "../../lib/disk/mod.ts";
import { startChild } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const PYTHON = "/usr/bin/python3";

const HOLD: Record<"filelock" | "portalocker", string> = {
  filelock: `
import sys, filelock
lock = filelock.FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
sys.stdin.readline()
`,
  portalocker: `
import sys, portalocker
with portalocker.Lock(sys.argv[1], "a", flags=portalocker.LOCK_EX | portalocker.LOCK_NB):
    print("held", flush=True)
    sys.stdin.readline()
print("released", flush=True)
sys.stdin.readline()
`,
};

const TRY: Record<"filelock" | "portalocker", string> = {
  filelock: `
import sys, filelock
try:
    with filelock.FileLock(sys.argv[1], timeout=0.1): print("got it")
except filelock.Timeout: print("refused")
`,
  portalocker: `
import sys, portalocker
try:
    with portalocker.Lock(sys.argv[1], "a", timeout=0.1, flags=portalocker.LOCK_EX | portalocker.LOCK_NB): print("got it")
except portalocker.exceptions.LockException: print("refused")
`,
};

/** As filelock 3.20.4 to 3.29.4 release on Unix: unlink, then close. */
const UNLINKING = `
import fcntl, os, sys, time
path, counter, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
for _ in range(rounds):
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT)
        fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            if os.fstat(fd).st_ino == os.stat(path).st_ino: break
        except FileNotFoundError: pass
        os.close(fd)
    value = int(open(counter).read())
    time.sleep(0.001)
    open(counter, "w").write(str(value + 1))
    os.unlink(path)
    os.close(fd)
print("done", flush=True)
sys.stdin.readline()
`;

async function pythonTries(script: string, path: string): Promise<string> {
  const { stdout } = await new Deno.Command(PYTHON, { args: ["-c", script, path] }).output();
  return new TextDecoder().decode(stdout).trim();
}

for (const library of ["filelock", "portalocker"] as const) {
  testWith([library], `tryLockFile is refused while Python's ${library} holds`, async () => {
    await using dir = await tempDir();
    const path = dir.join("creation.json.lock");
    await using python = startChild(PYTHON, ["-c", HOLD[library], path]);
    await python.said("held");
    assert.equal(tryLockFile(path, { mode: "exclusive" }), null);
    assert.equal(tryLockFile(path, { mode: "shared" }), null);
    await python.tell("go");
    await python.said("released");
    using lock = tryLockFile(path, { mode: "exclusive" });
    assert.ok(lock);
  });

  testWith([library], `lockFile keeps Python's ${library} out until release`, async () => {
    await using dir = await tempDir();
    const path = dir.join("creation.json.lock");
    for (const mode of ["exclusive", "shared"] as const) {
      using _lock = await lockFile(path, { mode });
      assert.equal(await pythonTries(TRY[library], path), "refused");
    }
    assert.equal(await pythonTries(TRY[library], path), "got it");
  });

  testWith([library], `lockFile is granted when a ${library} holder is killed`, async () => {
    await using dir = await tempDir();
    const path = dir.join("creation.json.lock");
    await using python = startChild(PYTHON, ["-c", HOLD[library], path]);
    await python.said("held");
    const waiting = lockFile(path, { mode: "exclusive", timeoutMs: 10_000 });
    await python.kill();
    (await waiting).release();
  });
}

testWith(
  ["python"],
  "lockFile and a peer that unlinks the lock file count without a loss",
  async () => {
    await using dir = await tempDir();
    const path = dir.join("x.lock");
    const counter = await dir.write("counter", "0");
    const rounds = 40;
    await using python = startChild(PYTHON, ["-c", UNLINKING, path, counter, String(rounds)]);
    const finished = python.said("done");
    await Promise.all([countUp(dir, path, rounds), countUp(dir, path, rounds)]);
    await finished;
    assert.equal(await Deno.readTextFile(counter), String(3 * rounds));
  },
);

async function countUp(dir: TempDir, path: string, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    using _lock = await lockFile(path, { mode: "exclusive" });
    const value = Number(await Deno.readTextFile(dir.join("counter")));
    await Deno.writeTextFile(dir.join("counter"), String(value + 1));
  }
}
