/**
 * One folder with very many files, and the memory of a service as people run it: by itself, with the heap
 * flags of the executable. The suite plays a small one; `MANY_FILES=200000 deno test -A
 * tests/intake/many_files_test.ts` plays what an instrument really left, and says what it took.
 */
import assert from "node:assert/strict";
import { openControl } from "../../lib/daemon/mod.ts";
import { V8_FLAGS } from "../../scripts/permissions.ts";
import { runDir, SENTINEL, SOON, waitingOf, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const FILES = Number(Deno.env.get("MANY_FILES") ?? 2_000);
/** Between two looks at a run of 200,000 files on a busy machine lie minutes. */
const LIMIT_MS = 120_000 + 3 * FILES;
/**
 * Over what the service has when it listens. A run of any size needs threads that walk, hash and copy: 119
 * MiB were measured with 2,000 files, and with 200,000 of them 168. A list of all files that somebody keeps,
 * at 300 bytes a file or more, is above it.
 */
const MOST_MIB = 150 + FILES / 2_000;

testWith(
  ["linux"],
  `a run of ${FILES} files in one folder is seen, and proven, in bounded memory`,
  async () => {
    await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
    await markDestinations(lab);
    const run = runDir(lab, "PLATE_01");
    await Deno.mkdir(`${run}/images`, { recursive: true });
    await fill(`${run}/images`);
    await using daemon = await startLabDaemon(lab, {
      heapFlags: [V8_FLAGS],
      // As the unit and the portable file set it.
      env: { MALLOC_ARENA_MAX: "2" },
    });
    const before = await peakMib(daemon.pid);
    const begun = performance.now();
    const asked = new Asked(daemon.url);
    using control = await openControl(lab.config, lab.stateDir);
    await until(async () => {
      await asked.once();
      return (await waitingOf(lab, run))?.files === FILES;
    }, { what: "all files to be seen", limitMs: LIMIT_MS });
    const seenMs = performance.now() - begun;
    await write(run, "done.flag", "");
    await until(async () => {
      await asked.once();
      const [job] = await control.control.jobs({});
      assert.notEqual(job?.state, "failed", JSON.stringify(job));
      return job?.state === "verified" && job.files === FILES + 1;
    }, { what: "all of them to be proven", limitMs: LIMIT_MS, everyMs: 50 });
    const mib = Math.round(await peakMib(daemon.pid) - before);
    console.log(
      `${FILES} files: seen in ${Math.round(seenMs)} ms, proven in ${
        Math.round(performance.now() - begun)
      } ms; ${mib} MiB more at most than the ${Math.round(before)} it began with; longest answer ${
        Math.round(asked.longestMs)
      } ms`,
    );
    assert.ok(mib <= MOST_MIB, `${mib} MiB, and ${MOST_MIB} are the most`);
    assert.ok(asked.times > 10, `it was asked ${asked.times} times`);
  },
);

/** Whether the service answers meanwhile. */
class Asked {
  times = 0;
  longestMs = 0;
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL("/healthz", url);
  }

  async once(): Promise<void> {
    const begun = performance.now();
    const answer = await fetch(this.#url, { signal: AbortSignal.timeout(LIMIT_MS) });
    await answer.body?.cancel();
    this.longestMs = Math.max(this.longestMs, performance.now() - begun);
    this.times++;
  }
}

/** The most that the process ever had. */
async function peakMib(pid: number): Promise<number> {
  const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(await Deno.readTextFile(`/proc/${pid}/status`)) ?? [];
  assert.ok(kib, "the system counts what a process had at most");
  return Number(kib) / 1024;
}

/** By `split`, which makes a file a line: a process of its own makes them fastest. */
async function fill(folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'seq "$1" | split -l 1 -a 6 -d - "$2/plane_"', "sh", String(FILES), folder],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
