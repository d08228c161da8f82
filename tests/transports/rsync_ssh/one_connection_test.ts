/** What was seen over there belongs to one connection; when that is lost, so is the session. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import { sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { connectTo, openScene, transportTo } from "./scene.ts";
import { startSshd } from "../../support/sshd.ts";

function isUnreachable(error: unknown): boolean {
  assert.ok(error instanceof TransportError, String(error));
  assert.equal(error.code, "unreachable", `${error.message}\n${error.toolTail}`);
  return true;
}

/** The connections that sshd's log says were let in. */
function logins(log: string): number {
  return log.match(/^Accepted publickey/gm)?.length ?? 0;
}

/** The process of the session's own master ssh. */
async function masterPid(port: number): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = await readIfThere(`/proc/${name}/cmdline`);
    if (words?.includes("ControlMaster=yes") && words.includes(String(port))) return Number(name);
  }
  throw new Error("there is no master ssh");
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // It ended while we looked: NotFound, or ESRCH, which is a plain Error.
    if (error instanceof Error && !(error instanceof TypeError)) return null;
    throw error;
  }
}

testWith(
  ["rsync", "sshd", "linux"],
  "a session whose connection was lost opens no other",
  async () => {
    await using scene = await openScene();
    await scene.push([await scene.write("a.dat", "A")]);
    assert.deepEqual(await scene.hash(["a.dat"]), new Map([["a.dat", sha256("A")]]));
    assert.equal(logins(scene.sshd.log()), 1, "more than one connection for one session");
    Deno.kill(await masterPid(scene.sshd.port), "SIGKILL");
    await assert.rejects(scene.session.check(), isUnreachable);
    await assert.rejects(scene.hash(["a.dat"]), isUnreachable);
    await assert.rejects(scene.session.getFiles("run", ["a.dat"]), isUnreachable);
    await assert.rejects(scene.push([await scene.write("b.dat", "B")]), isUnreachable);
    assert.equal(logins(scene.sshd.log()), 1, "another connection was opened");
  },
);

testWith(
  ["rsync", "sshd", "linux"],
  "hash says unreachable when its connection is lost in its middle",
  async () => {
    await using scene = await openScene();
    const files = await Promise.all(
      Array.from({ length: 60 }, (_, i) => scene.write(`f${String(i).padStart(2, "0")}`, "x")),
    );
    await scene.push(files);
    const master = await masterPid(scene.sshd.port);
    let seen = 0;
    const hashing = scene.session.hash({
      farDir: "run",
      // Files that are said to be large are asked for one by one: most are not yet when it is lost.
      files: files.map((file) => ({ ...file, sizeBytes: 300_000_000 })),
      onHash: () => void (++seen === 1 && Deno.kill(master, "SIGKILL")),
      dropCache: false,
      maxStreamBytes: 0,
      acceptProviderAsserted: false,
      signal: new AbortController().signal,
    });
    await assert.rejects(hashing, isUnreachable);
    assert.ok(seen > 0 && seen < files.length, `${seen} of ${files.length} were hashed`);
    assert.equal(logins(scene.sshd.log()), 1, "another connection was opened");
  },
);

testWith(
  ["rsync", "sshd", "linux"],
  "a server that lets nobody share a connection is used without",
  async () => {
    await using scene = await openScene({ sshd: () => ({ configLines: ["MaxSessions 1"] }) });
    const files = await Promise.all(
      Array.from({ length: 9_000 }, (_, i) => scene.write(`f${String(i).padStart(5, "0")}`, "x")),
    );
    await scene.push(files);
    const hashes = await scene.hash(files.map(({ path }) => path));
    assert.equal(hashes.size, files.length);
    assert.deepEqual(new Set(hashes.values()), new Set([sha256("x")]));
  },
);

testWith(["rsync", "sshd", "linux"], "connect does without a place for ssh's socket", async () => {
  await using sshd = await startSshd();
  // An ssh that may not bind any socket, as in a folder that holds none.
  const ssh = `${sshd.home}/ssh`;
  await Deno.writeTextFile(
    ssh,
    '#!/bin/sh\ncase " $* " in *" ControlMaster=yes "*) echo "unix_listener: cannot bind to path x: Read-only file system" >&2; exit 255;; esac\nexec ssh "$@"\n',
  );
  await Deno.chmod(ssh, 0o755);
  await using scene = await connectTo(transportTo(sshd, { commands: { ssh } }));
  await scene.session.check();
  const { notes } = await scene.session.hash({
    farDir: "",
    files: [],
    onHash: () => {},
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal: new AbortController().signal,
  });
  assert.ok(notes.some((note) => /connection of its own/.test(note)), notes.join());
});
