/** A small program that is spoken to line by line; it is killed when its scope ends. */
import { signalChild } from "./processes.ts";
import { fileURLToPath } from "node:url";

export interface ChildLines extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** Waits until the program has said `line`. */
  said(line: string): Promise<void>;
  /** True when it has said `line` so far. */
  heard(line: string): boolean;
  /** Gives it a line. */
  tell(line: string): Promise<void>;
  kill(): Promise<void>;
}

export function startChild(command: string, args: readonly string[]): ChildLines {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  let heard = "";
  const kill = async () => {
    signalChild(child, "SIGKILL");
    await child.status;
  };
  return {
    child,
    kill,
    heard: (line) => heard.split("\n").includes(line),
    async said(line) {
      while (!heard.split("\n").includes(line)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the program ended without saying ${line}; it said: ${heard}`);
        heard += value;
      }
    },
    async tell(line) {
      await writer.write(new TextEncoder().encode(`${line}\n`));
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await reader.cancel();
      await writer.abort().catch((error) => {
        if (!(error instanceof TypeError)) throw error;
      });
    },
  };
}

/** A labferry program for tests, run by this same deno. */
export function startScript(script: URL, args: readonly string[]): ChildLines {
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return startChild(Deno.execPath(), [
    "run",
    "-A",
    "--no-prompt",
    "--quiet",
    "--config",
    config,
    fileURLToPath(script),
    ...args,
  ]);
}
