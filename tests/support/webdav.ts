/** A real WebDAV server on 127.0.0.1: `rclone serve webdav` over a folder of this machine. */
import { signalChild } from "./processes.ts";
import { RCLONE } from "./rclone_place.ts";

export interface TestWebdav extends AsyncDisposable {
  /** A section of rclone's configuration that reaches it. */
  section(name: string): string;
}

export async function startWebdav(folder: string): Promise<TestWebdav> {
  const child = new Deno.Command(RCLONE, {
    args: [
      "serve",
      "webdav",
      folder,
      "--dir-cache-time=0s",
      "--addr",
      "127.0.0.1:0",
      "--config",
      "",
      "-v",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const address = Promise.withResolvers<string>();
  const drained = readLines(child.stderr, (line) => {
    const found = /https?:\/\/127\.0\.0\.1:[1-9]\d*/.exec(line)?.[0];
    if (found) address.resolve(found);
  });
  drained.then(() => address.reject(new Error("rclone serve webdav said no address")));
  const url = await address.promise;
  return {
    section: (name) => `[${name}]\ntype = webdav\nurl = ${url}\nvendor = other\n`,
    async [Symbol.asyncDispose]() {
      signalChild(child, "SIGTERM");
      await child.status;
      await drained;
    },
  };
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  }
}
