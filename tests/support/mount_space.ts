/**
 * A mount namespace for a test: what is mounted in it is seen by the programs that are started within it,
 * and by nobody else; it is gone with them. `await using space = await mountSpace();`
 */
import { signalChild } from "./processes.ts";
import { until } from "./until.ts";

export interface MountSpace extends AsyncDisposable {
  /** Put before a command line: it runs in there. */
  readonly within: readonly string[];
  /** Runs a line of the shell in there; `$1` and so on are `args`. Throws when it fails. */
  sh(line: string, ...args: readonly string[]): Promise<string>;
}

export async function mountSpace(): Promise<MountSpace> {
  // Ends when its input does, so that nothing is left of a test that was killed.
  const holder = new Deno.Command("unshare", {
    args: ["--mount", "--propagation", "private", "cat"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const own = await Deno.readLink("/proc/self/ns/mnt");
  await until(async () => {
    const its = await Deno.readLink(`/proc/${holder.pid}/ns/mnt`);
    return its !== own;
  }, { what: "a mount namespace of its own" });
  const within = ["nsenter", `--mount=/proc/${holder.pid}/ns/mnt`];
  return {
    within,
    async sh(line, ...args) {
      const { code, stdout, stderr } = await new Deno.Command("nsenter", {
        args: [...within.slice(1), "sh", "-euc", line, "sh", ...args],
        stdin: "null",
      }).output();
      if (code === 0) return new TextDecoder().decode(stdout);
      throw new Error(`${line}: ${new TextDecoder().decode(stderr)}`);
    },
    async [Symbol.asyncDispose]() {
      await holder.stdin.close();
      signalChild(holder, "SIGTERM");
      await holder.status;
    },
  };
}
