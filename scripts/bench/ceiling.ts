/**
 * What really passes in any 5 s, beside the ceiling that a transfer was given: over ssh and sftp by
 * the bytes on the line (ssh's own included), on a mount by the growth of the far file and by what is
 * read. The first 2 s are not counted.
 */
import { join } from "node:path";
import type { FarSession, Transport } from "../../lib/transports/contract.ts";
import { MountTransport } from "../../lib/transports/mount/mod.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { RsyncSshTransport } from "../../lib/transports/rsync_ssh/mod.ts";
import { noise } from "../../tests/contract/stage.ts";
import { sftpSection } from "../../tests/support/rclone_place.ts";
import { startSlowRelay } from "../../tests/support/slow_relay.ts";
import { startSshd } from "../../tests/support/sshd.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";

const MBPS = 20;
/** About 14 s at that ceiling. */
const SIZE_BYTES = 35_000_000;
const MTIME_MS = 1_700_000_000_000;
const SAMPLE_MS = 50;
const SETTLE_MS = 2_000;
const WINDOW_MS = 5_000;
/** Less is the talk before a transfer. */
const BEGUN_BYTES = 100_000;

export interface CeilingRow {
  readonly name: string;
  readonly mbps: number;
  /** The most in any 5 s, over the ceiling. */
  readonly ratio: number;
}

export async function ceilingRows(): Promise<CeilingRow[]> {
  await using dir = await tempDir("labferry-ceiling-");
  await Deno.mkdir(dir.join("run"));
  await Deno.writeFile(dir.join("run/big.tif"), noise(SIZE_BYTES, 5));
  await Deno.utime(dir.join("run/big.tif"), MTIME_MS / 1000, MTIME_MS / 1000);
  await using sshd = await startSshd();
  await using relay = startSlowRelay(sshd.port);
  const known = (await Deno.readTextFile(sshd.knownHostsPath))
    .replace(`:${sshd.port} `, `:${relay.port} `);
  const knownHostsPath = await dir.write("known_hosts", known);
  const server = { ...sshd, port: relay.port, knownHostsPath };
  const ssh = new RsyncSshTransport({
    sshTarget: `${sshd.user}@${sshd.host}`,
    sshPort: relay.port,
    sshKeyPath: sshd.keyPath,
    knownHostsPath,
    remotePath: dir.join("ssh"),
  });
  const sftp = new RcloneTransport({
    remote: "nas",
    remotePath: dir.join("sftp"),
    configFile: await dir.write("rclone.conf", sftpSection("nas", server)),
  });
  const mount = new MountTransport({ path: dir.join("mount") });
  const line = { up: () => relay.counts().bytesUp, down: () => relay.counts().bytesDown };
  let readBytes = 0;
  const disk = {
    up: () => bytesBelow(dir.join("mount/run")),
    down: () => readBytes,
    onRead: (bytes: number) => readBytes = bytes,
  };
  return [
    ...await rowsOf("rsync_ssh", { transport: ssh, dir: dir.path, counts: line, readsBack: false }),
    ...await rowsOf("rclone sftp", { transport: sftp, dir: dir.path, counts: line }),
    ...await rowsOf("mount", { transport: mount, dir: dir.path, counts: disk }),
  ];
}

interface Counts {
  readonly up: () => number;
  readonly down: () => number;
  readonly onRead?: (bytes: number) => void;
}

interface Row {
  readonly transport: Transport;
  readonly dir: string;
  readonly counts: Counts;
  /** @default true */
  readonly readsBack?: boolean;
}

async function rowsOf(
  name: string,
  { transport, dir, counts, readsBack = true }: Row,
): Promise<CeilingRow[]> {
  const scratchDir = await Deno.makeTempDir({ dir, prefix: "scratch-" });
  const { signal } = new AbortController();
  await using session = await transport.connect({ signal, token: "bench", scratchDir });
  await session.createBase();
  const files = [{ path: "big.tif", sizeBytes: SIZE_BYTES, mtimeMs: MTIME_MS }];
  const push = () =>
    session.push({
      sourceDir: join(dir, "run"),
      files,
      farDir: "run",
      supersedeInto: "aside/1",
      resend: false,
      uploadMbps: MBPS,
      signal,
    });
  const rows = [{ name: `${name}, sending`, mbps: MBPS, ratio: await most(push, counts.up) }];
  if (!readsBack) return rows;
  const ratio = await most(() => readBack(session, { files, counts, signal }), counts.down);
  return [...rows, { name: `${name}, reading back`, mbps: MBPS, ratio }];
}

function readBack(
  session: FarSession,
  { files, counts, signal }: {
    readonly files: { path: string; sizeBytes: number; mtimeMs: number }[];
    readonly counts: Counts;
    readonly signal: AbortSignal;
  },
): Promise<unknown> {
  return session.hash({
    farDir: "run",
    files,
    onHash: () => {},
    downloadMbps: MBPS,
    dropCache: true,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    onProgress: ({ bytesDone }) => counts.onRead?.(bytesDone),
    signal,
  });
}

/** The most that passes in a window while `work` is done, over the ceiling. */
async function most(work: () => Promise<unknown>, count: () => number): Promise<number> {
  const samples: { readonly atMs: number; readonly bytes: number }[] = [];
  const first = count();
  const timer = setInterval(() => {
    const bytes = count() - first;
    if (bytes > BEGUN_BYTES) samples.push({ atMs: performance.now(), bytes });
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  let worst = 0;
  const settledMs = (samples[0]?.atMs ?? 0) + SETTLE_MS;
  for (const [at, from] of samples.entries()) {
    if (from.atMs < settledMs) continue;
    const to = samples.slice(at).find(({ atMs }) => atMs - from.atMs >= WINDOW_MS);
    if (to === undefined) break;
    const mbps = (to.bytes - from.bytes) * 8 / 1000 / (to.atMs - from.atMs);
    worst = Math.max(worst, mbps / MBPS);
  }
  if (worst === 0) throw new Error("the transfer was too short to be measured");
  return worst;
}

function bytesBelow(folder: string): number {
  try {
    let bytes = 0;
    for (const { name } of Deno.readDirSync(folder)) {
      bytes += Deno.statSync(join(folder, name)).size;
    }
    return bytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

if (import.meta.main) {
  for (const { name, mbps, ratio } of await ceilingRows()) {
    console.log(`| ${name} at ${mbps} Mbit/s | ${ratio.toFixed(3)} |`);
  }
}
