/**
 * The service as a process of its own, from the program in parts and with the executable's heap flags:
 * how long it takes to listen, what it needs at rest, and whether that stays so over thousands of runs.
 */
import { daemonControl, readServerInfo } from "../../lib/daemon/mod.ts";
import { type Lab, openLab } from "../../tests/support/lab.ts";
import { markDestinations } from "../../tests/support/marked.ts";
import { until } from "../../tests/support/until.ts";
import { V8_FLAGS } from "../permissions.ts";
import { askAt, census } from "../../tests/support/census.ts";
import { type Figure, peakMb, residentMb } from "./figures.ts";
import { median } from "./pair.ts";

export interface Service extends AsyncDisposable {
  readonly pid: number;
  readonly listeningMs: number;
}

/** What starts labferry, before its own arguments. */
export interface Start {
  /** For the table. */
  readonly name: string;
  readonly command: readonly string[];
}

/** The bundled program by the Deno that runs this, with the executable's heap flags. */
export function inParts(program: string, flags: readonly string[] = []): Start {
  const command = [Deno.execPath(), "run", "-A", "--no-config", V8_FLAGS, ...flags, program];
  return { name: "program in parts", command };
}

export async function startService(lab: Lab, { command }: Start): Promise<Service> {
  const began = performance.now();
  const child = new Deno.Command(command[0]!, {
    args: [
      ...command.slice(1),
      "daemon",
      "--quiet",
      "--config",
      lab.configFile,
      "--state-dir",
      lab.stateDir.path,
    ],
    // As the unit and the portable file set it.
    env: { MALLOC_ARENA_MAX: "2", ...lab.env },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const isUp = async () => (await readServerInfo(lab.stateDir))?.pid === child.pid;
  await until(isUp, { what: "the service to listen", everyMs: 2 });
  return {
    pid: child.pid,
    listeningMs: performance.now() - began,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** A service with nothing to do is looked at after so long. */
const AT_REST_MS = 15_000;

export async function serviceAtRest(start: Start, rounds: number): Promise<Figure[]> {
  await using lab = await openLab();
  await markDestinations(lab);
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await using service = await startService(lab, start);
    starts.push(service.listeningMs);
  }
  await using service = await startService(lab, start);
  await new Promise((resolve) => setTimeout(resolve, AT_REST_MS));
  return [
    {
      name: `start of the service to listening, ${start.name}`,
      measured: `${Math.round(median(starts))} ms`,
      goal: "≤ 250 ms",
    },
    {
      name: `service at rest, ${start.name}: resident memory`,
      measured: `${Math.round(await residentMb(service.pid))} MB`,
      goal: "≤ 75 MB",
    },
  ];
}

const EQUIPMENT = ["PLATE_01", "PLATE_02", "PLATE_03", "PLATE_04"];
/** Runs of one project; a report is one project's. */
const RUNS_A_PROJECT = 100;
/** Under way and waiting at most, as with instruments that write some hundreds a day. */
const MOST_WAITING = 200;

/** Looks on the way. */
const SAMPLES = 20;

/**
 * `runs` small runs through the service onto mounts, its memory looked at on the way; with the
 * inspector's port also what it keeps.
 */
export async function manyRuns(
  start: Start,
  { runs, inspectPort }: { readonly runs: number; readonly inspectPort?: number | undefined },
): Promise<Figure[]> {
  const equipment = Object.fromEntries(EQUIPMENT.map((id) => [id, "mount" as const]));
  await using lab = await openLab({ equipment });
  await markDestinations(lab);
  await using service = await startService(lab, start);
  const control = await daemonControl(lab.stateDir);
  using ask = inspectPort === undefined ? null : await askAt(inspectPort);
  const verified = async () => (await control.status()).counts["verified"] ?? 0;
  const began = performance.now();
  const samples: { runs: number; mb: number }[] = [];
  const step = Math.max(1, Math.floor(runs / SAMPLES));
  for (let i = 0; i < runs; i++) {
    const files = { "a.csv": `${i}`, "b.csv": `${i}`.repeat(100), "c.dat": `${i}`.padEnd(5_000) };
    const path = await lab.makeRun(files, {
      equipment: EQUIPMENT[i % EQUIPMENT.length]!,
      project: `Project ${Math.floor(i / (RUNS_A_PROJECT * EQUIPMENT.length))}`,
      leaf: leafAt(i),
    });
    await control.enqueue(path);
    if (i % 50 === 49) {
      const enough = async () => await verified() >= i - MOST_WAITING;
      await until(enough, { what: "runs to be safe", limitMs: 600_000, everyMs: 200 });
    }
    if ((i + 1) % step === 0) {
      const sample = { runs: i + 1, mb: Math.round(await residentMb(service.pid)) };
      samples.push(sample);
      const kept = ask === null ? "" : `, kept: ${JSON.stringify(await census(ask))}`;
      console.error(`${sample.runs} runs: ${sample.mb} MB${kept}`);
    }
  }
  await until(async () => await verified() === runs, {
    what: "every run to be safe",
    limitMs: 600_000,
    everyMs: 200,
  });
  const perRunMs = (performance.now() - began) / runs;
  await new Promise((resolve) => setTimeout(resolve, AT_REST_MS));
  const atRestMb = Math.round(await residentMb(service.pid));
  const course = samples.map(({ mb }) => mb).join(", ");
  return [{
    name: `${runs} runs of 3 files through the service: resident memory after each twentieth`,
    measured: `${course} MB; peak ${Math.round(await peakMb(service.pid))} MB`,
    goal: "≤ 100 MB, flat",
  }, {
    name: `service at rest after ${runs} runs, ${start.name}: resident memory`,
    measured: `${atRestMb} MB`,
    goal: "≤ 100 MB",
  }, {
    name: `${runs} runs of 3 files through the service, made meanwhile: time a run`,
    measured: `${perRunMs.toFixed(0)} ms`,
    goal: "–",
  }];
}

/** One a minute, for a month and more. */
function leafAt(minute: number): string {
  const at = new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();
  return `Run_${at.slice(0, 13)}-${at.slice(14, 16)}`;
}
