/** Real places for rclone: a folder of this machine, and a folder behind a real sshd. */
import type { Place } from "../contract/suite.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { startSshd, type TestSshd } from "./sshd.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";

/** Which rclone the tests use; another version can be tried with `LABFERRY_TEST_RCLONE`. */
export const RCLONE = Deno.env.get("LABFERRY_TEST_RCLONE") ?? "rclone";

/** `:local:<folder>`: no configuration at all. */
export async function localPlace(): Promise<Place> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-rclone-"));
  const basePath = dir.join("nas", "lab");
  const told = await recordingRclone(dir.path);
  return {
    transport: new RcloneTransport({
      remote: ":local:",
      remotePath: basePath,
      binary: told.binary,
      configFile: await dir.write("rclone.conf", ""),
    }),
    basePath,
    timeStepMs: 1,
    toldUploadMbps: told.uploadMbps,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A remote of type sftp in a configuration file. */
export async function sftpPlace(server: TestSshd): Promise<Place> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-rclone-"));
  const basePath = dir.join("nas", "lab");
  const told = await recordingRclone(dir.path);
  return {
    transport: new RcloneTransport({
      remote: "lab-nas",
      remotePath: basePath,
      binary: told.binary,
      configFile: await dir.write("rclone.conf", sftpSection("lab-nas", server)),
    }),
    basePath,
    timeStepMs: 1000,
    toldUploadMbps: told.uploadMbps,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A place that brings its own server. */
export async function sftpPlaceOfItsOwn(): Promise<Place> {
  const server = await startSshd();
  const place = await sftpPlace(server);
  return {
    ...place,
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A fresh folder of a server's share; the server is shared by the tests of a file. */
export async function sharePlace(server: SharedServer): Promise<Place> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-rclone-"));
  const place = `place-${crypto.randomUUID()}`;
  const name = server.basesAreBuckets ? place : `${place}/lab`;
  const told = await recordingRclone(dir.path, server.binary);
  const { timeStepMs, foldsCase = false, hasFolders = true, nameThere, refusesName, forgetWrites } =
    server;
  return {
    transport: new RcloneTransport({
      remote: "lab-nas",
      remotePath: `${server.remotePath}${name}`,
      binary: told.binary,
      configFile: await dir.write("rclone.conf", server.section("lab-nas")),
    }),
    basePath: `${server.folder}/${name}`,
    timeStepMs,
    foldsCase,
    hasFolders,
    ...(forgetWrites ? { forgetWrites } : {}),
    ...(nameThere ? { nameThere } : {}),
    ...(refusesName ? { refusesName } : {}),
    toldUploadMbps: told.uploadMbps,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export interface SharedServer {
  /** The folder of this machine that it serves. */
  readonly folder: string;
  /** Where that folder is below the remote: empty, or with a `/` at its end. */
  readonly remotePath: string;
  readonly timeStepMs: 1 | 1000 | null;
  /** The base is a bucket of its own, which has no folder above it. */
  readonly basesAreBuckets?: boolean;
  /** @default the tests' rclone */
  readonly binary?: string;
  /** As in `Place`. */
  forgetWrites?(): Promise<void>;
  readonly foldsCase?: boolean;
  readonly hasFolders?: boolean;
  readonly nameThere?: (path: string) => string;
  readonly refusesName?: (path: string) => boolean;
  section(name: string): string;
}

export function sftpSection(
  name: string,
  server: TestSshd,
  more: Readonly<Record<string, string>> = {},
): string {
  const options = {
    type: "sftp",
    host: server.host,
    port: String(server.port),
    user: server.user,
    key_file: server.keyPath,
    known_hosts_file: server.knownHostsPath,
    shell_type: "unix",
    ...more,
  };
  const lines = Object.entries(options).map(([key, value]) => `${key} = ${value}`);
  return `[${name}]\n${lines.join("\n")}\n`;
}

/** A password as rclone's configuration wants it. */
export async function obscured(password: string): Promise<string> {
  const { success, stdout } = await new Deno.Command(RCLONE, { args: ["obscure", password] })
    .output();
  if (!success) throw new Error("rclone obscure failed");
  return new TextDecoder().decode(stdout).trim();
}

/** The path of an rclone that starts with lines of shell before it: a setting of that program only. */
export async function rcloneWith(dir: TempDir, lines: string): Promise<string> {
  const binary = await dir.write("rclone-with", `#!/bin/sh\n${lines}\nexec '${RCLONE}' "$@"\n`);
  await Deno.chmod(binary, 0o755);
  return binary;
}

/** A program that notes its arguments and then becomes rclone. */
export async function recordingRclone(dir: string, rclone = RCLONE): Promise<{
  binary: string;
  /** One entry a call, oldest first. */
  calls(): Promise<string[][]>;
  uploadMbps(): Promise<number | null>;
}> {
  const binary = `${dir}/rclone-recorded`;
  const log = `${dir}/calls`;
  await Deno.writeTextFile(
    binary,
    `#!/bin/sh\n{ printf '%s\\0' "$@"; printf '\\n\\0'; } >> '${log}'\nexec '${rclone}' "$@"\n`,
    { mode: 0o755 },
  );
  const calls = async () =>
    (await Deno.readTextFile(log)).split("\n\0").filter((call) => call !== "")
      .map((call) => call.split("\0").slice(0, -1));
  return {
    binary,
    calls,
    async uploadMbps() {
      const pushed = (await calls()).findLast((call) =>
        call[0] === "copy" && call.includes("--stats=1s")
      );
      const flag = pushed?.find((argument) => argument.startsWith("--bwlimit="));
      if (flag === undefined) return null;
      const bytes = /^--bwlimit=(\d+)B$/.exec(flag);
      if (!bytes) throw new Error(`${flag} is not in bytes`);
      return Number(bytes[1]) * 8 / 1e6;
    },
  };
}
