/** labferry: argv and environment in, exit code out. */
import { isMainThread, workerData } from "node:worker_threads";
import { runCli } from "./lib/cli/mod.ts";

if (!isMainThread) {
  // Bundled, a thread's module is this file: it serves the disk pool, and never runs a command.
  if (workerData?.name === "labferry-disk") await import("./lib/disk/mod.ts");
} else if (import.meta.main) {
  // At once: whatever a command began has ended, and taking the runtime apart takes 10 ms.
  Deno.exit(await runCli(Deno.args));
}
