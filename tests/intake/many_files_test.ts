/**
 * One folder with very many files. The suite plays a small one; `MANY_FILES=200000 deno test -A
 * tests/intake/many_files_test.ts` plays what an instrument really left, and says what it took.
 */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { LIMIT_MS, runDir, SENTINEL, SOON, waitingOf, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

const FILES = Number(Deno.env.get("MANY_FILES") ?? 2_000);
const MOST_MIB = 500;

Deno.test(`a run of ${FILES} files in one folder is seen, and proven, in bounded memory`, async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  const run = runDir(lab, "PLATE_01");
  await Deno.mkdir(`${run}/images`, { recursive: true });
  await fill(`${run}/images`);
  const before = Deno.memoryUsage().rss;
  let [mostRss, turns, longestMs, lastMs] = [0, 0, 0, performance.now()];
  const meter = setInterval(() => {
    const nowMs = performance.now();
    [turns, longestMs, lastMs] = [turns + 1, Math.max(longestMs, nowMs - lastMs), nowMs];
    mostRss = Math.max(mostRss, Deno.memoryUsage().rss);
  }, 10);
  const begun = performance.now();
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await until(async () => (await waitingOf(lab, run))?.files === FILES, {
    what: "all files to be seen",
    limitMs: LIMIT_MS,
  });
  const seenMs = performance.now() - begun;
  await write(run, "done.flag", "");
  await until(async () => {
    const [job] = await daemon.control.jobs({});
    assert.notEqual(job?.state, "failed", JSON.stringify(job));
    return job?.state === "verified" && job.files === FILES + 1;
  }, { what: "all of them to be proven", limitMs: LIMIT_MS + FILES, everyMs: 250 });
  clearInterval(meter);
  const mib = Math.round((mostRss - before) / 2 ** 20);
  console.log(
    `${FILES} files: seen in ${Math.round(seenMs)} ms, proven in ${
      Math.round(performance.now() - begun)
    } ms; ${mib} MiB more at most; longest turn of the event loop ${Math.round(longestMs)} ms`,
  );
  assert.ok(mib < MOST_MIB, `${mib} MiB`);
  assert.ok(turns > 100, `the event loop had ${turns} turns`);
});

/** By `split`, which makes a file a line: a process of its own makes them fastest. */
async function fill(folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'seq "$1" | split -l 1 -a 6 -d - "$2/plane_"', "sh", String(FILES), folder],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
