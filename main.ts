/** labferry: argv and environment in, exit code out. */
import { runCli } from "./lib/cli/mod.ts";

// A disk worker of the bundled program loads this file too; it must not run the command line.
const isWorker = typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope;

if (import.meta.main && !isWorker) {
  Deno.exitCode = await runCli(Deno.args);
}
