/** What the demo says to the person who watches it. */
import { join, relative } from "node:path";
import { counted, formatBytes, systemClock } from "../base/mod.ts";
import type { JobView } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import type { DemoLab } from "./demo_lab.ts";
import { stageWords } from "./status.ts";
import { table } from "./table.ts";

export interface Outcome {
  readonly lab: DemoLab;
  readonly jobs: readonly JobView[];
  readonly verified: boolean;
}

export function welcome(
  context: CliContext,
  { lab, link, url }: { readonly lab: DemoLab; readonly link: string; readonly url: string },
): void {
  context.print(`A make-believe lab is at work in ${lab.path}

  Three instruments write runs: a confocal microscope (done when its sentinel file is there), a flow
  cytometer (done when its manifest is there), a plate reader (done when it has fallen quiet).
  labferry takes each finished run to a make-believe NAS (${
    relative(lab.path, lab.nasPath)
  }), reads every file
  back and compares SHA-256. The confocal's transfers are slowed down so that one sees them.

  The page:  ${link}
  (The link works once and gives a page that may change things; ${url} is read-only.)
`);
  if (context.options.json) context.note(`The page: ${link}`);
}

/** One line of the story, with the time. */
export function storyLine(equipmentId: string, text: string): string {
  const time = systemClock.now().toTimeString().slice(0, 8);
  return `${time}  ${equipmentId.padEnd(11)}  ${text}`;
}

export function endWords(job: JobView): string {
  if (job.state !== "verified") {
    return `${stageWords(job)}: ${job.hold_reason ?? job.last_error?.message ?? "no reason given"}`;
  }
  const matched = job.verification?.matched ?? 0;
  return `safe, ${matched} of ${counted(job.files, "file")} (${
    formatBytes(job.bytes)
  }) read back and equal`;
}

/** What a person may try while the page stays up. */
export function farewell(context: CliContext, { lab, jobs, verified }: Outcome): void {
  const largest = jobs.reduce((a, b) => b.bytes > a.bytes ? b : a);
  const farRun = join(largest.destination, ...largest.far_path.split("/"));
  context.print(`
${verified ? "All runs are safe." : "Not every run is safe: the page says why."} Try for yourself:
  - A run on the NAS can be checked without labferry:
      cd ${quoted(farRun)} && sha256sum -c .exlab-wizard/checksums.sha256
  - Two computers write to that NAS; whoever has nothing but it sees both:
      labferry fleet ${quoted(lab.nasPath)}
  - Damage a file below ${quoted(lab.nasPath)} and press "Verify again" on the page.

The page stays up until Ctrl-C; then everything here is removed.`);
}

export function report(
  context: CliContext,
  { lab, jobs, verified, elapsedMs }: Outcome & { readonly elapsedMs: number },
): void {
  if (context.options.json) {
    return context.printJson({
      verified,
      elapsed_ms: Math.round(elapsedMs),
      lab: lab.path,
      runs: jobs,
    });
  }
  const bytes = jobs.reduce((sum, job) => sum + job.bytes, 0);
  const seconds = (elapsedMs / 1000).toFixed(1);
  context.print(`\n${runsTable(jobs)}\n`);
  context.print(
    verified
      ? `${counted(jobs.length, "run")}, ${
        formatBytes(bytes)
      }, all safe at the destination in ${seconds} s.`
      : `NOT every run is safe at the destination.`,
  );
}

function runsTable(jobs: readonly JobView[]): string {
  return table(
    ["RUN", "FILES", "SIZE", "STATE", "PROOF"],
    jobs.map((job) => [
      `${job.equipment_id}/${job.far_path}`,
      String(job.files),
      formatBytes(job.bytes),
      stageWords(job),
      job.verification && job.verify_passes > 0
        ? `${job.verification.strength}, ${job.verification.matched} of ${job.files} equal`
        : job.last_error?.message ?? "-",
    ]),
  );
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
