/** Parses the arguments, runs the command, and turns whatever happens into an exit code. */
import { CommanderError } from "commander";
import { EXIT, LabferryError } from "../base/mod.ts";
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
    const json = args.includes("--json");
    if (!(error instanceof CommanderError)) return reportError(error, json);
    if (error.exitCode === 0) return EXIT.ok;
    return json ? reportError(wrongUsage(error), true) : EXIT.usage;
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
  }
}

/** Without `--json` commander has told the person already. */
function wrongUsage(error: CommanderError): LabferryError {
  return new LabferryError("usage", error.message.replace(/^error: /, ""), {
    hint: "run the command with --help for its options",
  });
}
