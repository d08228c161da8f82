/** Whether a run takes longer to be safe while people look: the same run alone and beside open pages. */
import { daemonControl, readServerInfo } from "../../lib/daemon/mod.ts";
import { openLab } from "../../tests/support/lab.ts";
import { markDestinations } from "../../tests/support/marked.ts";
import { until } from "../../tests/support/until.ts";
import type { Figure } from "./figures.ts";
import { fill, listener, LISTENERS } from "./page_load.ts";
import { median } from "./pair.ts";
import { inParts, startService } from "./service.ts";

const RUN_BYTES = 1_000_000_000;
/** A page that is open asks again every few seconds: this is some dozen of them. */
const BETWEEN_QUESTIONS_MS = 200;

/** In turn, so that whatever else the machine does meets both. */
export async function transferBesidePages(
  program: string,
  { runs, rounds }: { readonly runs: number; readonly rounds: number },
): Promise<Figure> {
  await using lab = await openLab({
    equipment: { PLATE_01: "mount", PLATE_02: "mount" },
    syncYaml: "scan_seconds: 3600",
    moreYaml: "drill: { max_gib: 0 }\n",
  });
  await markDestinations(lab);
  {
    await using _first = await startService(lab, inParts(program));
  }
  fill(lab, runs);
  await using _service = await startService(lab, inParts(program));
  const { url } = (await readServerInfo(lab.stateDir))!;
  const control = await daemonControl(lab.stateDir);
  const seconds = async (round: string) => {
    const run = await lab.makeRun({ "stack.tif": new Uint8Array(RUN_BYTES) }, { leaf: round });
    const began = performance.now();
    const { job } = await control.enqueue(run);
    await until(async () => (await control.job(job.id)).state === "verified", {
      what: "the run to be safe",
      limitMs: 120_000,
      everyMs: 50,
    });
    const taken = (performance.now() - began) / 1_000;
    await Deno.remove(`${lab.farBase("PLATE_01")}/${job.far_path}/stack.tif`);
    return taken;
  };
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const minute = String(round).padStart(2, "0");
    alone.push(await seconds(`Run_2026-04-17T10-${minute}`));
    const looking = await look(url);
    beside.push(await seconds(`Run_2026-04-17T11-${minute}`));
    await looking.end();
  }
  return {
    name:
      `${runs} runs: 1 GB to a mount, alone and beside ${LISTENERS} listeners and five pages a second`,
    measured: `${median(alone).toFixed(2)} s and ${median(beside).toFixed(2)} s`,
    goal: "the same",
  };
}

async function look(url: string): Promise<{ end(): Promise<void> }> {
  const ending = new AbortController();
  const listeners = await Promise.all(
    Array.from(
      { length: LISTENERS },
      () => listener(new URL("/api/v1/events", url), ending.signal),
    ),
  );
  const asking = askOn(new URL("/", url), ending.signal);
  return {
    async end() {
      ending.abort();
      await Promise.all([asking, ...listeners.map(({ ended }) => ended)]);
    },
  };
}

async function askOn(url: URL, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    await answer.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_QUESTIONS_MS));
  }
}
