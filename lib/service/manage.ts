/** Writes a plan's files, takes them away again, and asks how it stands. */
import { dirname } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { errnoOf, readOrNull, removeIfThere, writeFileAtomic } from "../disk/mod.ts";
import { runTool, succeeded, type ToolOutcome } from "../process/mod.ts";
import type { ManagerCommand, ServiceFile, ServicePlan } from "./plan.ts";
import { WRITTEN_BY } from "./settings.ts";

/** Starting waits until labferry is ready, which may take as long as its manager lets it. */
const START_LIMIT_MS = 31 * 60_000;

type FileState = "missing" | "as it should be" | "different" | "not labferry's";

export interface Standing {
  readonly files: readonly { readonly path: string; readonly state: FileState }[];
  readonly isRunning: boolean;
}

/**
 * Returns the paths of what was written; none when everything was as it should be.
 *
 * @throws LabferryError `already_exists` for a file of another's, `permission_denied`, and
 * `service_manager` for what the manager says
 */
export async function installService(
  plan: ServicePlan,
  { starts, signal }: { readonly starts: boolean; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const todo = await filesIn(plan, ["missing", "different"]);
  for (const file of todo) await write(file);
  const standing = { signal, soFar: "the files are written" };
  await perform(plan.enable, standing);
  if (starts) await perform(todo.length > 0 ? plan.restart : plan.start, standing);
  return todo.map(({ path }) => path);
}

/** Ends it, and removes the files; configuration, state and data stay. Returns what was removed. */
export async function uninstallService(
  plan: ServicePlan,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ours = await filesIn(plan, ["as it should be", "different"]);
  if (ours.length === 0) return [];
  await perform(plan.disable, { signal, soFar: "nothing is removed yet" });
  for (const { path } of ours) await withRights(path, () => removeIfThere(path));
  await perform(plan.forget, { signal, soFar: "the files are removed" });
  return ours.map(({ path }) => path);
}

export async function serviceStanding(plan: ServicePlan, signal: AbortSignal): Promise<Standing> {
  const files = await Promise.all(
    plan.files.map(async (file) => ({ path: file.path, state: await stateOf(file) })),
  );
  return { files, isRunning: succeeded(await runWords(plan.isRunning, signal)) };
}

async function filesIn(
  plan: ServicePlan,
  wanted: readonly FileState[],
): Promise<readonly ServiceFile[]> {
  const states = await Promise.all(plan.files.map(stateOf));
  const foreign = plan.files.find((_, i) => states[i] === "not labferry's");
  if (foreign) throw notOurs(foreign.path);
  return plan.files.filter((_, i) => wanted.includes(states[i]!));
}

async function stateOf({ path, bytes }: ServiceFile): Promise<FileState> {
  const there = await readOrNull(path);
  if (there === null) return "missing";
  if (there.length === bytes.length && there.every((byte, i) => byte === bytes[i])) {
    return "as it should be";
  }
  // Letters alone: a task is written in UTF-16, with a NUL behind each of them.
  const text = String.fromCharCode(...there.slice(0, 2_000).filter((byte) => byte !== 0));
  return text.includes(WRITTEN_BY) ? "different" : "not labferry's";
}

async function write({ path, bytes }: ServiceFile): Promise<void> {
  await withRights(path, async () => {
    await Deno.mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, bytes, { mode: 0o644 });
  });
}

async function withRights<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof LabferryError ? error.code : errnoOf(error);
    if (!["permission_denied", "EACCES", "EPERM"].includes(code ?? "")) throw error;
    throw new LabferryError("permission_denied", `${path} could not be changed`, {
      why: "it is the system's",
      hint: "run the command as administrator (sudo), or install for this account alone: --user",
      path,
      cause: error,
    });
  }
}

async function perform(
  commands: readonly ManagerCommand[],
  { signal, soFar }: { readonly signal: AbortSignal; readonly soFar: string },
): Promise<void> {
  for (const command of commands) {
    const outcome = await runWords(command, signal);
    signal.throwIfAborted();
    if (succeeded(outcome) || command.mayFail) continue;
    throw new LabferryError("service_manager", `${command.words.join(" ")} failed`, {
      why: whyOf(outcome),
      hint: `${soFar}: run that command yourself, or see labferry service print`,
    });
  }
}

function whyOf(outcome: ToolOutcome): string {
  switch (outcome.kind) {
    case "exited": {
      const said = `${outcome.stdout}\n${outcome.stderrTail}`.trim().split("\n").at(-1);
      return said || `it ended with ${outcome.code}`;
    }
    case "not_found":
      return `there is no ${outcome.command} here`;
    default:
      return "it did not answer";
  }
}

function runWords({ words }: ManagerCommand, signal: AbortSignal): Promise<ToolOutcome> {
  const [command, ...args] = words;
  return runTool({ command: command!, args, timeoutMs: START_LIMIT_MS, signal });
}

function notOurs(path: string): LabferryError {
  return new LabferryError("already_exists", `${path} is not labferry's`, {
    why: "labferry service install did not write it",
    hint: "look at it, and move it away or keep it",
    path,
  });
}
