/** The server that answers a session's small requests: who reaches it, and when it ends. */
import assert from "node:assert/strict";
import { endLeftovers } from "../../../lib/process/mod.ts";
import { RcloneTransport } from "../../../lib/transports/rclone/mod.ts";
import type { FarSession } from "../../../lib/transports/contract.ts";
import { testWith } from "../../support/needs.ts";
import { RCLONE, recordingRclone } from "../../support/rclone_place.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { PLACES } from "./places.ts";

const RECORD = new Map([["a.json", new TextEncoder().encode("{}\n")]]);

interface Running {
  readonly pid: number;
  readonly environment: ReadonlyMap<string, string>;
}

/** The processes that carry this token. */
function running(token: string): Running[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    const environ = readOrNull(`/proc/${name}/environ`);
    if (environ === null) return [];
    const environment = new Map(
      environ.split("\0").map((entry): [string, string] => {
        const cut = entry.indexOf("=");
        return [entry.slice(0, cut), entry.slice(cut + 1)];
      }),
    );
    return environment.get("LABFERRY_JOB") === token ? [{ pid: Number(name), environment }] : [];
  });
}

/** Null for a process that ended meanwhile. */
function readOrNull(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const isGone = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied || /ESRCH|No such process/.test(String(error));
    if (isGone) return null;
    throw error;
  }
}

async function openHere(
  dir: { join(path: string): string },
  { token, binary = RCLONE }: { token: string; binary?: string },
): Promise<FarSession> {
  await Deno.mkdir(dir.join("base"), { recursive: true });
  await Deno.mkdir(dir.join("scratch"), { recursive: true });
  const transport = new RcloneTransport({
    remote: ":local:",
    remotePath: dir.join("base"),
    binary,
  });
  return await transport.connect({
    signal: new AbortController().signal,
    token,
    scratchDir: dir.join("scratch"),
  });
}

/** The port that a process listens on, on which address. */
async function listening(pid: number): Promise<{ host: string; port: number }[]> {
  const inodes = new Set<string>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode) inodes.add(inode);
  }
  const found = [];
  for (const table of ["tcp", "tcp6"]) {
    for (const line of (await Deno.readTextFile(`/proc/net/${table}`)).split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state !== "0A" || !inodes.has(inode!)) continue;
      const [host, port] = local!.split(":") as [string, string];
      found.push({ host, port: parseInt(port, 16) });
    }
  }
  return found;
}

testWith(
  ["rclone", "linux"],
  "rcd's password is in no command line, and nobody gets in without it",
  async () => {
    await using dir = await tempDir();
    const token = `test:${crypto.randomUUID()}`;
    await using session = await openHere(dir, { token });
    await session.putFiles("run", RECORD);
    const [rcd] = running(token);
    assert.ok(rcd, "one rcd runs");
    const password = rcd.environment.get("RCLONE_RC_PASS")!;
    assert.match(password, /^[0-9a-f]{64}$/);
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      assert.equal((readOrNull(`/proc/${name}/cmdline`) ?? "").includes(password), false, name);
    }
    const ports = await listening(rcd.pid);
    assert.deepEqual(ports.map(({ host }) => host), ["0100007F"], "127.0.0.1 and nothing else");
    const url = `http://127.0.0.1:${ports[0]!.port}`;
    for (const path of ["config/dump", "core/version", "rc/noop", ""]) {
      const answer = await fetch(`${url}/${path}`, { method: "POST" });
      await answer.body?.cancel();
      assert.equal(answer.status, 401, path);
    }
  },
);

testWith(["rclone", "linux"], "rcd ends with its session", async () => {
  await using dir = await tempDir();
  const token = `test:${crypto.randomUUID()}`;
  {
    await using session = await openHere(dir, { token });
    await session.check();
    await session.putFiles("run", RECORD);
    assert.equal(running(token).length, 1);
  }
  assert.deepEqual(running(token), []);
});

for (const place of PLACES) {
  testWith(
    [...place.tools, "linux"],
    `a request outlives an rcd that was killed (${place.name})`,
    async () => {
      await using dir = await tempDir();
      const told = await recordingRclone(dir.path);
      await using session = await place.open(dir, { binary: told.binary });
      await session.putFiles("run", RECORD);
      // The token is that of all sessions of `places.ts`: this one's is known by its folder.
      const ours = running("test:rclone").filter(({ pid }) =>
        (readOrNull(`/proc/${pid}/cmdline`) ?? "").includes(dir.join("rclone.conf"))
      );
      assert.equal(ours.length, 1);
      Deno.kill(ours[0]!.pid, "SIGKILL");
      assert.deepEqual(await session.getFiles("run", ["a.json"]), RECORD);
      assert.equal((await told.calls()).filter((call) => call[0] === "rcd").length, 2);
    },
  );
}

testWith(
  ["rclone", "linux"],
  "a killed labferry's rcd is found and ended by its token",
  async () => {
    await using dir = await tempDir();
    const token = `test:${crypto.randomUUID()}`;
    const script = await dir.write(
      "holder.ts",
      `import { RcloneTransport } from ${JSON.stringify(MODULE)};
const [token, base, scratchDir, binary] = Deno.args;
const transport = new RcloneTransport({ remote: ":local:", remotePath: base, binary });
const signal = new AbortController().signal;
const session = await transport.connect({ signal, token, scratchDir });
await session.check();
await session.putFiles("run", new Map([["a", new Uint8Array(1)]]));
console.log("ready");
setInterval(() => {}, 1000);
`,
    );
    for (const name of ["base", "scratch"]) await Deno.mkdir(dir.join(name));
    const holder = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        `--config=${CONFIG}`,
        script,
        token,
        dir.join("base"),
        dir.join("scratch"),
        RCLONE,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    for await (const bytes of holder.stdout) {
      if (new TextDecoder().decode(bytes).includes("ready")) break;
    }
    assert.equal(running(token).length, 1);
    holder.kill("SIGKILL");
    await holder.status;
    assert.equal(running(token).length, 1, "rclone does not notice by itself");
    assert.equal((await endLeftovers(token)).ended, 1);
    assert.deepEqual(running(token), []);
  },
);

const MODULE = import.meta.resolve("../../../lib/transports/rclone/mod.ts");
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;
