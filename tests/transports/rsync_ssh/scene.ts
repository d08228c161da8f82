/** A place, a local run and an open session: for what only this transport is tested for. */
import type { FarSession, FileToSend, PushRequest } from "../../../lib/transports/contract.ts";
import { type RsyncSshOptions, RsyncSshTransport } from "../../../lib/transports/rsync_ssh/mod.ts";
import type { TestSshd } from "../../support/sshd.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { rsyncPlace, type RsyncPlaceOptions } from "./rsync_place.ts";

export interface Scene extends AsyncDisposable {
  readonly sshd: TestSshd;
  readonly session: FarSession;
  readonly basePath: string;
  readonly runDir: string;
  /** What the tools said. */
  readonly lines: string[];
  write(path: string, content: string | Uint8Array): Promise<FileToSend>;
  push(files: readonly FileToSend[], more?: Partial<PushRequest>): Promise<void>;
  hash(paths: readonly string[], more?: HashMore): Promise<Map<string, string | null>>;
}

interface HashMore {
  readonly farDir?: string;
  readonly maxStreamBytes?: number;
}

const SIGNAL = new AbortController().signal;

/** A push to `run` that asks for nothing special. */
export const PUSH: Omit<PushRequest, "sourceDir" | "files"> = {
  farDir: "run",
  supersedeInto: ".labferry-superseded/unexpected",
  resend: false,
  uploadMbps: null,
  signal: SIGNAL,
};

/** A transport to a server of one's own. */
export function transportTo(
  sshd: TestSshd,
  more: Partial<RsyncSshOptions> = {},
): RsyncSshTransport {
  return new RsyncSshTransport({
    sshTarget: `${sshd.user}@${sshd.host}`,
    sshPort: sshd.port,
    sshKeyPath: sshd.keyPath,
    knownHostsPath: sshd.knownHostsPath,
    remotePath: "/tmp",
    ...more,
  });
}

export async function openScene(options: RsyncPlaceOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await rsyncPlace(options));
  const { local, session, lines } = stack.use(await connectTo(place.transport));
  await session.createBase();
  const runDir = local.join("run");
  const kept = stack.move();
  return {
    sshd: place.sshd,
    session,
    basePath: place.basePath,
    runDir,
    lines,
    async write(path, content) {
      const file = await local.write(`run/${path}`, content);
      const { size, mtime } = await Deno.stat(file);
      return { path, sizeBytes: size, mtimeMs: mtime!.getTime() };
    },
    push: (files, more = {}) =>
      session.push({
        ...PUSH,
        sourceDir: runDir,
        files,
        ...more,
      }),
    async hash(paths, { farDir = "run", maxStreamBytes = 0 } = {}) {
      const hashes = new Map<string, string | null>();
      await session.hash({
        farDir,
        files: paths.map((path) => ({ path, sizeBytes: 1, mtimeMs: 0 })),
        onHash: (path, sha256) => hashes.set(path, sha256),
        dropCache: false,
        maxStreamBytes,
        acceptProviderAsserted: false,
        signal: SIGNAL,
      });
      return hashes;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export interface Connected extends AsyncDisposable {
  readonly local: TempDir;
  readonly session: FarSession;
  readonly lines: string[];
}

/** Connects with a scratch folder of its own. */
export async function connectTo(transport: RsyncSshTransport): Promise<Connected> {
  await using stack = new AsyncDisposableStack();
  const local = stack.use(await tempDir("labferry-scene-"));
  await Deno.mkdir(local.join("scratch"), { mode: 0o700 });
  await Deno.mkdir(local.join("run"));
  const lines: string[] = [];
  const session = stack.use(
    await transport.connect({
      signal: SIGNAL,
      token: `scene:${crypto.randomUUID()}`,
      scratchDir: local.join("scratch"),
      onToolLine: (line) => lines.push(line),
    }),
  );
  const kept = stack.move();
  return { local, session, lines, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
