/** A real WebDAV server on 127.0.0.1: `rclone serve webdav` over a folder of this machine. */
import { signalChild } from "./processes.ts";
import { RCLONE, type SharedServer } from "./rclone_place.ts";
import { tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";

/** It serves `folder`, or one of its own. */
export async function startWebdav(folder?: string): Promise<SharedServer & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-webdav-"));
  const served = folder ?? dir.join("served");
  if (folder === undefined) await Deno.mkdir(served);
  const log = await dir.write("log", "");
  const child = new Deno.Command(RCLONE, {
    args: [
      "serve",
      "webdav",
      served,
      "--dir-cache-time=0s",
      "--addr",
      "127.0.0.1:0",
      "--config",
      "",
      "-v",
      // A stream of this process would be open across tests.
      "--log-file",
      log,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  stack.defer(async () => {
    signalChild(child, "SIGTERM");
    await child.status;
  });
  let url: string | undefined;
  await until(async () => {
    url = /https?:\/\/127\.0\.0\.1:[1-9]\d*/.exec(await Deno.readTextFile(log))?.[0];
    return url !== undefined;
  }, { what: "rclone serve webdav to say its address" });
  const running = stack.move();
  return {
    folder: served,
    remotePath: "",
    timeStepMs: null,
    // Its server shows a control character as its picture, and takes the picture for the character.
    // deno-lint-ignore no-control-regex -- that is what is asked
    refusesName: (path) => /[\x01-\x1f␊]/.test(path),
    section: (name) => `[${name}]\ntype = webdav\nurl = ${url}\nvendor = other\n`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
