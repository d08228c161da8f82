/**
 * Starting a tool in a session of its own, so that it can be ended with all that it started.
 *
 * Deno gives a program a session by forking itself, which copies the tables of all its memory: 9 ms of a
 * service of 50 MB, 44 ms of one of 800 MB, in which nothing else of it goes on. `setsid` is started
 * without a copy, makes the session and becomes the tool: 1 ms of both (docs/decisions.md).
 */
import { LabferryError } from "../base/mod.ts";
import { JOB_VARIABLE } from "./job_token.ts";
import type { ToolOutcome, ToolRun } from "./tool_run.ts";
import { isProgram, whereIs } from "./where_is.ts";

/** `program`: what `setsid` is to become, a whole path. */
export type Starting = { readonly by: "fork" } | {
  readonly by: "setsid";
  readonly program: string;
};

/** Nobody's PATH decides what starts the tools. */
const SETSID = "/usr/bin/setsid";

let hasSetsid: boolean | null = null;

/** How `run` is started best: what is not found, or not said by a whole path, is left to the system. */
export function startingOf({ command, env }: Pick<ToolRun, "command" | "env">): Starting {
  if (Deno.build.os !== "linux" || env?.PATH !== undefined) return { by: "fork" };
  hasSetsid ??= isProgram(SETSID);
  const program = hasSetsid ? whereIs(command) : null;
  return program?.startsWith("/") ? { by: "setsid", program } : { by: "fork" };
}

/** `setsid` could not become the program (busy, forbidden, no interpreter), and nothing was run. */
export function isStarterRefusal(outcome: ToolOutcome, starting: Starting): boolean {
  if (starting.by !== "setsid" || outcome.kind !== "exited") return false;
  if (outcome.code !== NOT_EXECUTED && outcome.code !== NOT_FOUND) return false;
  const { stderrTail } = outcome;
  return !stderrTail.includes("\n") && stderrTail.startsWith("setsid: ") &&
    stderrTail.includes(starting.program);
}

/** Exit codes of a shell, and of `setsid`, that could not start what it was to. */
const NOT_EXECUTED = 126;
const NOT_FOUND = 127;

/** A program that was just written is busy while whoever wrote it still has it open, or has just forked. */
const BUSY_TRIES = 20;
const BUSY_REST_MS = 50;

/**
 * Null when there is no such program.
 *
 * @throws LabferryError `not_found` (the working folder), `permission_denied`
 */
export async function startTool(
  run: ToolRun,
  starting: Starting,
): Promise<Deno.ChildProcess | null> {
  for (let n = 1;; n++) {
    try {
      return start(run, starting);
    } catch (error) {
      if (!isBusy(error) || n === BUSY_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_REST_MS));
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error &&
    ((error as { readonly code?: unknown }).code === "ETXTBSY" ||
      error.message.includes("(os error 26)"));
}

function start(run: ToolRun, starting: Starting): Deno.ChildProcess | null {
  const isOurs = starting.by === "setsid";
  try {
    return new Deno.Command(isOurs ? SETSID : run.command, {
      args: [...(isOurs ? [starting.program] : []), ...run.args],
      env: { ...run.env, ...(run.token === undefined ? {} : { [JOB_VARIABLE]: run.token }) },
      ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
      stdin: run.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      detached: !isOurs && Deno.build.os !== "windows",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (run.cwd !== undefined) requireFolder(run.cwd);
      return null;
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new LabferryError("permission_denied", `${run.command} could not be started`, {
        why: "it may not be executed by this account",
        hint: `Check the permissions of ${run.command}.`,
        path: run.command,
        cause: error,
      });
    }
    throw error;
  }
}

/** The system reports a missing working folder as if the program were missing. */
function requireFolder(path: string): void {
  try {
    Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new LabferryError("not_found", `the folder ${path} is gone`, { path, cause: error });
  }
}
