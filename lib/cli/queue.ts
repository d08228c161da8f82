/** `labferry queue list | show | rebuild | export`. */
import { LabferryError, systemClock } from "../base/mod.ts";
import { destinationsOf, isHeld, rebuildQueue } from "../daemon/mod.ts";
import { JOB_STATES, Queue } from "../queue/mod.ts";
import { KnownDestinations } from "../transports/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl } from "./control.ts";
import { configOf, stateDirOf } from "./settings.ts";
import { jobsTable, jobText } from "./status.ts";

interface ListFlags {
  readonly state?: string;
  readonly equipment?: string;
  readonly limit?: number;
}

export async function queueList(context: CliContext, flags: ListFlags): Promise<void> {
  const states = flags.state?.split(",");
  const unknown = states?.find((state) => !(JOB_STATES as readonly string[]).includes(state));
  if (unknown !== undefined) {
    throw new LabferryError("usage", `${JSON.stringify(unknown)} is no state`, {
      hint: `states are ${JOB_STATES.join(", ")}`,
    });
  }
  await askControl(context, async (control) => {
    const jobs = await control.jobs({
      ...(states ? { states } : {}),
      ...(flags.equipment ? { equipmentId: flags.equipment } : {}),
      ...(flags.limit ? { limit: flags.limit } : {}),
    });
    if (context.options.json) context.printJson({ jobs });
    else context.print(jobs.length === 0 ? "Nothing in the queue." : jobsTable(jobs));
  });
}

export async function queueShow(
  context: CliContext,
  { run }: { readonly run: string },
): Promise<void> {
  await askControl(context, async (control) => {
    const job = await control.job(run);
    if (context.options.json) context.printJson(job);
    else context.print(jobText(job));
  });
}

/** Sets the present database aside and makes a new one from the records; needs the daemon stopped. */
export async function queueRebuild(context: CliContext): Promise<void> {
  const { config } = await configOf(context);
  const stateDir = await stateDirOf(context);
  refuseBesideDaemon(isHeld(stateDir), "rebuild");
  const aside = Queue.setAside(stateDir.queueFile);
  using queue = Queue.open(stateDir.queueFile);
  const destinations = destinationsOf(config, new KnownDestinations(stateDir.path), systemClock);
  const rebuilt = await rebuildQueue(queue, { destinations, config, stateDir: stateDir.path });
  if (context.options.json) return context.printJson({ ...rebuilt, set_aside: aside });
  context.print(
    `${
      rebuilt.jobs === 1 ? "1 run is" : `${rebuilt.jobs} runs are`
    } in the new queue; each is proven anew.`,
  );
  if (aside) context.print(`The old queue is kept as ${aside}`);
  for (const { path, reason } of rebuilt.unreadable) context.note(`labferry: ${path}: ${reason}`);
}

export async function queueExport(
  context: CliContext,
  flags: { readonly output?: string },
): Promise<void> {
  const stateDir = await stateDirOf(context, { reading: true });
  using queue = Queue.open(stateDir.queueFile, { readOnly: true });
  const lines = queue.exportQueue({ files: true });
  if (flags.output === undefined) {
    await writeToReader(context.options.json ? asOneDocument(lines) : lines);
    return;
  }
  using file = await Deno.open(flags.output, { write: true, createNew: true });
  let count = 0;
  for await (const line of lines) {
    await writeLine(file, line);
    count++;
  }
  if (context.options.json) context.printJson({ output: flags.output, lines: count });
}

/** The lines as one JSON array, for `--json`; as long as the queue, so never held as a whole. */
async function* asOneDocument(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let before = "[";
  for await (const line of lines) {
    yield before + line;
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}

/** A reader that has seen enough (`| head`) ends the export; that is no fault. */
async function writeToReader(lines: AsyncIterable<string>): Promise<void> {
  try {
    for await (const line of lines) await writeLine(Deno.stdout, line);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function writeLine(
  to: { write(bytes: Uint8Array): Promise<number> },
  line: string,
): Promise<void> {
  let bytes: Uint8Array = new TextEncoder().encode(`${line}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(await to.write(bytes));
}

function refuseBesideDaemon(held: boolean, what: string): void {
  if (!held) return;
  throw new LabferryError("already_running", `A labferry daemon is using the queue`, {
    why: `${what} needs it alone`,
    hint: "stop the service first",
  });
}
