/** A real S3 server on 127.0.0.1 (s3rver, a child of its own), and what it holds as a folder. */
import { encodeUtf8 } from "../../lib/base/mod.ts";
import { signalChild } from "./processes.ts";
import { mountRemote } from "./rclone_mount.ts";
import { rcloneWith, type SharedServer } from "./rclone_place.ts";
import { tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";

const START_MS = 60_000;
// deno-lint-ignore no-control-regex -- that is what is asked
const CONTROL = /[\x01-\x1f␊]/;

export interface S3Server extends SharedServer, AsyncDisposable {
  /** While there is a file of this path nothing is deleted. */
  readonly holdsDeletes: string;
}

export async function startS3(): Promise<S3Server> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-s3-"));
  const said = dir.join("said");
  // To a file by the shell: a stream of this process would be open across tests.
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" >"$0" 2>&1', said, Deno.execPath(), ...serverArguments(dir.path)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const end = child.status.then(() => ended = true);
  stack.defer(async () => {
    signalChild(child, "SIGTERM");
    await end;
  });
  let port: string | undefined;
  await until(async () => {
    const text = await readIfThere(said);
    if (ended) throw new Error(`s3rver ended:\n${text}`);
    port = /^listening at (\d+)$/m.exec(text)?.[1];
    return port !== undefined;
  }, { limitMs: START_MS, what: "s3rver to listen" });
  const section = (name: string) => s3Section(name, port!);
  // A variable for another program's certificates, with which this backend of 1.60 does not start.
  const binary = await rcloneWith(dir, "unset AWS_CA_BUNDLE");
  const configFile = await dir.write("rclone.conf", section("lab-nas"));
  const view = stack.use(await mountRemote("lab-nas:", { binary, configFile }));
  const running = stack.move();
  return {
    folder: view.folder,
    remotePath: "",
    timeStepMs: 1,
    basesAreBuckets: true,
    hasFolders: false,
    holdsDeletes: `${dir.path}/objects.hold`,
    // It puts a word of 22 bytes behind each name on its own disk, and lists names as bare XML.
    refusesName: (path) =>
      path.split("/").some((name) => encodeUtf8(name).length > 233) || CONTROL.test(path),
    binary,
    section,
    forgetWrites: view.again,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function serverArguments(dir: string): string[] {
  const path = (name: string) => new URL(name, import.meta.url).pathname;
  return [
    "run",
    "-A",
    "--no-prompt",
    "--quiet",
    `--config=${path("../../deno.json")}`,
    path("s3rver_main.ts"),
    `${dir}/objects`,
  ];
}

function s3Section(name: string, port: string): string {
  return [
    `[${name}]`,
    "type = s3",
    "provider = Other",
    "access_key_id = S3RVER",
    "secret_access_key = S3RVER",
    `endpoint = http://127.0.0.1:${port}`,
    "force_path_style = true",
    "",
  ].join("\n");
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
