/** A line that is slow, is cut in mid-transfer, or goes silent: over ssh, and over rclone's sftp. */
import assert from "node:assert/strict";
import type { Transport } from "../../lib/transports/contract.ts";
import { isDestinationFailure, TransportError } from "../../lib/transports/failure.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { RsyncSshTransport } from "../../lib/transports/rsync_ssh/mod.ts";
import {
  FAR_DIR,
  filesBelow,
  noise,
  openStage,
  pushDefaults,
  sha256,
  type Stage,
} from "../contract/stage.ts";
import type { Place } from "../contract/suite.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { RCLONE, sftpSection } from "../support/rclone_place.ts";
import { type SlowRelay, startSlowRelay } from "../support/slow_relay.ts";
import { startSshd, type TestSshd } from "../support/sshd.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const FILE_BYTES = 12_000_000;
/** Far from both ends of the file. */
const MIDDLE_BYTES = 4_000_000;
/** Over a slow line each small request takes its time, and each dead one its tool's patience. */
const LIMIT_MS = 180_000;
const LINE = { delayMs: 25, mbps: 80 } as const;

type MakeTransport = (
  dir: TempDir,
  server: TestSshd,
  basePath: string,
) => Promise<Transport>;

const WAYS: readonly { name: string; tools: readonly Tool[]; make: MakeTransport }[] = [
  {
    name: "RsyncSshTransport",
    tools: ["rsync", "sshd"],
    async make(dir, server, basePath) {
      // The first word on an option is ssh's last: silence is noticed after two seconds, not 45.
      const patience = "-o ServerAliveInterval=1 -o ServerAliveCountMax=2";
      const ssh = await program(dir, "ssh", `exec ssh ${patience} "$@"`);
      return new RsyncSshTransport({
        sshTarget: `${server.user}@${server.host}`,
        sshPort: server.port,
        sshKeyPath: server.keyPath,
        knownHostsPath: server.knownHostsPath,
        remotePath: basePath,
        commands: { ssh },
      });
    },
  },
  {
    name: "RcloneTransport (sftp)",
    tools: ["rclone", "sshd"],
    async make(dir, server, basePath) {
      // The last word on an option is rclone's: two seconds, not five minutes.
      const patience = "--timeout=2s --contimeout=2s --low-level-retries=1";
      const binary = await program(dir, "rclone", `exec '${RCLONE}' "$@" ${patience}`);
      return new RcloneTransport({
        remote: "lab-nas",
        remotePath: basePath,
        binary,
        configFile: await dir.write("rclone.conf", sftpSection("lab-nas", server)),
      });
    },
  },
];

for (const { name, tools, make } of WAYS) {
  testWith(tools, `${name} goes on after a line that was cut in mid-transfer`, async () => {
    await using line = await openLine(make);
    await failsInTheMiddle(line, () => line.relay.cut());
    await goesOnAndProves(line);
  });

  testWith(tools, `${name} gives a silent line up, and goes on when it speaks again`, async () => {
    await using line = await openLine(make);
    await failsInTheMiddle(line, () => line.relay.stall());
    // Whatever the dead connections still held is thrown away, as by a line that came back.
    line.relay.cut();
    line.relay.resume();
    await goesOnAndProves(line);
  });
}

interface Line extends AsyncDisposable {
  readonly relay: SlowRelay;
  readonly stage: Stage;
}

async function openLine(make: MakeTransport): Promise<Line> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-line-"));
  const sshd = stack.use(await startSshd());
  const relay = stack.use(startSlowRelay(sshd.port, LINE));
  const known = (await Deno.readTextFile(sshd.knownHostsPath))
    .replace(`:${sshd.port} `, `:${relay.port} `);
  const server = {
    ...sshd,
    port: relay.port,
    knownHostsPath: await dir.write("known_hosts", known),
  };
  const basePath = dir.join("nas/lab");
  const transport = await make(dir, server, basePath);
  const place: Place = {
    transport,
    basePath,
    timeStepMs: 1000,
    toldUploadMbps: () => null,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const stage = stack.use(await openStage(() => Promise.resolve(place), { limitMs: LIMIT_MS }));
  const open = stack.move();
  return { relay, stage, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** `happen` is done at each piece past the middle: a tool that tries again meets it again. */
async function failsInTheMiddle({ relay, stage }: Line, happen: () => void): Promise<void> {
  const file = await stage.write("x/big.tif", noise(FILE_BYTES, 21));
  const before = relay.counts().bytesUp;
  relay.onUp = (bytesUp) => void (bytesUp - before > MIDDLE_BYTES && happen());
  await assert.rejects(stage.push([file]), (error: unknown) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.ok(isDestinationFailure(error.code), `${error.code}: ${error.message}`);
    return true;
  });
  relay.onUp = null;
  assert.ok(relay.counts().bytesUp - before < FILE_BYTES, "the whole file had gone through");
}

async function goesOnAndProves({ stage }: Line): Promise<void> {
  const { connect, far, runDir, signal } = stage;
  const bytes = noise(FILE_BYTES, 21);
  const file = await stage.write("x/big.tif", bytes);
  const session = await connect();
  await session.push({ ...pushDefaults(runDir, signal), files: [file] });
  const hashes: (string | null)[] = [];
  await session.hash({
    farDir: FAR_DIR,
    files: [file],
    onHash: (_, hash) => hashes.push(hash),
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal,
  });
  assert.deepEqual(hashes, [sha256(bytes)]);
  assert.deepEqual(await filesBelow(far(FAR_DIR)), ["x/big.tif"], "leftovers");
}

async function program(dir: TempDir, name: string, line: string): Promise<string> {
  const path = await dir.write(`bin/${name}`, `#!/bin/sh\n${line}\n`);
  await Deno.chmod(path, 0o755);
  return path;
}
