/** `labferry status [RUN]`. */
import { counted, formatBytes, VERSION } from "../base/mod.ts";
import {
  type AcquiringView,
  acquiringWords,
  adviceFor,
  aheadWords,
  ALARM_ADVICE,
  countWords,
  destinationStage,
  type DestinationView,
  type JobView,
  notLookedAfterWords,
  type ShownJob,
  stageOfJob,
  type StatusView,
  type StorageView,
} from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { accountLines, originLines, shown } from "./far_account.ts";
import { blockingFindings, blockingLines } from "./blocking.ts";
import { askControl } from "./control.ts";
import { sessionLine } from "./session.ts";
import { table, visible } from "./table.ts";

export async function status(
  context: CliContext,
  { run }: { readonly run?: string },
): Promise<void> {
  await askControl(context, async (control, { isQueueMissing }) => {
    if (run === undefined) {
      const view = await control.status();
      if (context.options.json) context.printJson(view);
      else context.print(statusText(view));
      if (isQueueMissing) context.note(NO_QUEUE);
      return;
    }
    const job = await control.job(run);
    if (context.options.json) return context.printJson(job);
    const findings = job.hold === "gate"
      ? blockingLines(job, await blockingFindings(control, job.id))
      : [];
    context.print(jobText(job, findings));
  });
}

const NO_QUEUE =
  "labferry: there is no queue yet, or it was lost; the service makes one from the records when it starts";

/** The stage in one word or a few; in capitals where a person is needed. */
export function stageWords(job: ShownJob): string {
  const { words, tone } = stageOfJob(job);
  return tone === "bad" ? words.toUpperCase() : words;
}

export function statusText(view: StatusView): string {
  const counts = countWords(view);
  const lines = [
    view.daemon
      ? `labferry ${view.daemon.version}, process ${view.daemon.pid}, ${view.daemon.url}`
      : "No labferry daemon is running here.",
    ...otherVersionWords(view),
    counts.length > 0
      ? `Runs: ${counts.join(", ")}`
      : view.acquiring.length > 0
      ? "No run is taken yet."
      : "No runs yet.",
    ...queueFaultWords(view),
    ...view.destinations.filter(({ state }) => state === "down").flatMap(downWords),
    ...view.destinations.flatMap(({ name, closed_until }) =>
      closed_until === null
        ? []
        : [`Nothing is sent to ${name} before ${closed_until}: its hours (bandwidth)`]
    ),
    ...overdueWords(view),
    ...view.broken_trails.map(({ equipment_id, path, into, at }) =>
      `HISTORY CHANGED at the destination of ${equipment_id} (${path}), found ${at}: it is set aside in ${into}. Look who changed it.`
    ),
    ...view.sessions.filter(({ complete }) => !complete).map(sessionLine),
    ...view.storage.flatMap(storageWords),
    ...view.not_looked_after.map((there) =>
      `${there.equipment_id}: ${
        notLookedAfterWords(there)
      }, there before its first start (intake.existing); \`labferry run complete DIR\` takes one all the same`
    ),
    ...view.roots.map(({ equipment_id, path, fault, since }) =>
      `Root of ${equipment_id} (${path}): ${fault}, since ${since}`
    ),
    ...view.pauses.map(({ scope, since, by, reason }) =>
      `Paused: ${scope === "*" ? "everything" : scope}, since ${since}, by ${by}${
        reason ? `: ${reason}` : ""
      }`
    ),
    ...yieldingLines(view.yielding),
  ].map(visible);
  if (view.acquiring.length > 0) {
    lines.push("", ...view.acquiring.map(acquiringLine));
  }
  if (view.jobs.length > 0) lines.push("", jobsTable(view.jobs));
  if (view.jobs_total > view.jobs.length) {
    lines.push(`… and ${view.jobs_total - view.jobs.length} more`);
  }
  return lines.join("\n");
}

/** The service goes on as it was started when another labferry is put in its place. */
function otherVersionWords({ daemon }: StatusView): string[] {
  if (!daemon || daemon.version === VERSION) return [];
  return [
    `  This command is labferry ${VERSION}: restart the service, if it is to be that one too.`,
  ];
}

function queueFaultWords({ queue_fault: fault }: StatusView): string[] {
  if (fault === null) return [];
  return [
    `THE QUEUE CANNOT BE WRITTEN since ${fault.since}: ${fault.message}. What came since is not shown here, is not sent, and is not safe.`,
    ...(fault.hint ? [`  hint: ${fault.hint}`] : []),
  ];
}

function yieldingLines(yielding: StatusView["yielding"] | undefined): string[] {
  const { waits_for = null, since = null, unknown = null } = yielding ?? {};
  return [
    ...(waits_for === null ? [] : [
      `Transfers are waiting: ${visible(waits_for)}, since ${since}; they go on by themselves.`,
    ]),
    ...(unknown === null ? [] : [`Not known, so not waited for: ${visible(unknown)}`]),
  ];
}

export function acquiringLine(run: AcquiringView): string {
  const where = run.data_path === run.run_path ? "" : ` (its files are in ${run.data_path})`;
  return `${visible(run.run_path + where)}: ${acquiringText(run)}`;
}

/** `being acquired since …, 12 files, 3 GB; waits for …`. */
export function acquiringText(run: AcquiringView): string {
  const { since, files, bytes } = run;
  const size = `${counted(files, "file")}, ${formatBytes(bytes)}`;
  const ahead = run.ahead === null ? "" : `, ${aheadWords(run)}`;
  return visible(`being acquired since ${since}, ${size}${ahead}; ${acquiringWords(run)}`);
}

function downWords(destination: DestinationView): string[] {
  const { name, reason, hint, next_probe_at } = destination;
  return [
    `Destination ${name}: ${destinationStage(destination).words}: ${reason}`,
    ...(hint ? [`  hint: ${hint}`] : []),
    ...(next_probe_at ? [`  It is asked again at ${next_probe_at}.`] : []),
  ];
}

export function jobsTable(jobs: readonly JobView[]): string {
  return table(
    ["STATE", "FILES", "SIZE", "PROOF", "EQUIPMENT", "RUN"],
    jobs.map((job) => [
      stageWords(job),
      String(job.files),
      formatBytes(job.bytes),
      job.verification && job.verify_passes > 0
        ? `${job.verification.strength} ×${job.verify_passes}`
        : "-",
      job.equipment_id,
      job.run_path,
    ]),
  );
}

/** Why it stands where it stands, each reason with what to do about it. */
function reasons({ state, hold_reason, hold_hint, last_error }: JobView): [string, string][] {
  const lines: [string, string][] = [];
  if (hold_reason) lines.push(["held because", hold_reason]);
  if (hold_hint) lines.push(["hint", hold_hint]);
  if (!last_error) return lines;
  const told = `${last_error.message} (${last_error.code})`;
  if (last_error.message !== hold_reason) lines.push(["last error", told]);
  const hint = state === "failed" ? adviceFor(last_error) : last_error.hint;
  if (hint && hint !== hold_hint) lines.push(["hint", hint]);
  return lines;
}

/** Which files: the far copy was the only one. */
function alarmLines({ alarm, verification }: JobView): [string, string][] {
  if (alarm === null) return [];
  const named = damagedNames({ alarm, verification });
  return [["damaged", `${named}, since ${alarm.since}`], ["hint", ALARM_ADVICE]];
}

/** `2 files ("a.dat", "b.dat")`. */
export function damagedNames(
  { alarm, verification }: Pick<JobView, "alarm" | "verification">,
): string {
  const { mismatched = [], missing = [] } = verification ?? {};
  return shown(alarm?.files ?? 0, [...mismatched, ...missing]);
}

/** `findings`: what holds it at the gate, a line each. */
export function jobText(job: JobView, findings: readonly string[] = []): string {
  const lines: [string, string][] = [
    ["run", job.run_path],
    ["state", stageWords(job)],
    ["destination", `${job.destination}/${job.far_path}`],
    [
      "data",
      `${counted(job.files, "file")}, ${formatBytes(job.bytes)}, generation ${job.generation}`,
    ],
    [
      "proof",
      job.verify_passes > 0
        ? `${counted(job.verify_passes, "pass", "passes")}, ${job.verification?.strength}, ${
          job.alarm === null
            ? `last ${job.verification?.at ?? job.verified_at}`
            : "before it was damaged"
        }`
        : "not yet",
    ],
    ...originLines(job.verification?.origin),
    ...accountLines(job.verification?.account),
    ...alarmLines(job),
    ...reasons(job),
    ...findings.map((line): [string, string] => ["finding", line]),
    ...(job.next_attempt_at
      ? [[COMPARED.has(job.state) ? "next look" : "next try", job.next_attempt_at] as [
        string,
        string,
      ]]
      : []),
  ];
  return lines.map(([name, value]) => `${name.padEnd(13)} ${visible(value)}`).join("\n");
}

/** Of these the next thing to come is another comparison. */
const COMPARED: ReadonlySet<JobView["state"]> = new Set([
  "verified",
  "cleanup_eligible",
  "cleaned",
]);

/** Only what needs somebody: a disk with room says nothing. */
function storageWords(disk: StorageView): string[] {
  const place = `Disk of ${disk.roots.join(", ")}`;
  const lines: string[] = [];
  if (disk.warning !== null) {
    const full = disk.full_at === null ? "" : `; full at about ${disk.full_at}`;
    const proven = `${formatBytes(disk.proven_bytes)} of proven copies could go`;
    lines.push(
      `${place}: ALMOST FULL, ${formatBytes(disk.free_bytes)} of ${
        formatBytes(disk.total_bytes)
      } are free${full}; ${proven}.`,
    );
  }
  if (disk.no_space_gained) {
    lines.push(
      `${place}: deleting made no room (a snapshot or hard links may keep it), so nothing more is deleted until labferry starts again.`,
    );
  }
  return lines;
}

function overdueWords({ overdue_passes: { runs, since } }: StatusView): string[] {
  if (runs === 0) return [];
  const verb = runs === 1 ? "waits" : "wait";
  return [
    `${
      counted(runs, "proven run")
    } ${verb} for the next comparison since ${since}: what is to be read again is more than there is time for.`,
  ];
}
