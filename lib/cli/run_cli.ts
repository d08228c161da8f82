/** Parses the arguments, runs the command, and turns whatever happens into an exit code. */
import { CommanderError } from "commander";
import { EXIT } from "../base/mod.ts";
import { type CliContext, createContext, type GlobalOptions, reportError } from "./context.ts";
import { buildProgram } from "./program.ts";

/** Two Ctrl-C within one command end it at once, whatever it is waiting for. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

export async function runCli(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) Deno.exit(EXIT.interrupted);
    stop.abort(new DOMException("interrupted", "AbortError"));
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  let exitCode: number = EXIT.ok;
  const run = async (options: GlobalOptions, command: (context: CliContext) => Promise<void>) => {
    const context = createContext(options, stop.signal);
    await command(context);
    exitCode = context.exitCode;
  };
  try {
    await buildProgram(run).parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, args.includes("--json"));
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
  }
}
