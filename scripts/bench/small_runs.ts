/**
 * One small run (20 files, 1 MB), because for most instruments the fixed cost is the cost: `ship` as
 * a whole process, and a hundred runs through the service, against the same by hand.
 */
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { startSshd } from "../../tests/support/sshd.ts";
import { openLab } from "../../tests/support/lab.ts";
import { markDestinations } from "../../tests/support/marked.ts";
import { until } from "../../tests/support/until.ts";
import { makeData } from "./data.ts";
import { MAIN, shipOf, sshTo } from "./transfers.ts";
import { median, type Pair, type PairResult, removeIfThere, run, sha256sumTree } from "./pair.ts";

const RUNS = 100;

interface Scene {
  readonly source: string;
  readonly far: string;
  readonly ship: (args: readonly string[]) => Promise<void>;
  readonly reset: () => Promise<void>;
}

/** A destination that is marked already: that a run meets a new one is rare. */
async function smallScene(dir: string): Promise<Scene> {
  const source = join(dir, "small", "Run_1");
  const far = join(dir, "small", "far");
  const state = join(dir, "small", "state");
  await makeData(source, { large: 0, small: 20, smallBytes: 50_000 });
  await Deno.mkdir(far, { recursive: true });
  const ship = shipOf(source, state);
  const reset = async () => {
    await removeIfThere(join(source, ".exlab-wizard"));
    await removeIfThere(join(state, "ship"));
    await removeIfThere(join(far, "Run_1"));
    await removeIfThere(join(far, "by-hand"));
  };
  return { source, far, ship, reset };
}

export async function smallRunPairs(
  dir: string,
): Promise<{ pairs: Pair[]; stop: () => Promise<void> }> {
  const { source, far, ship, reset } = await smallScene(dir);
  const byHand = join(far, "by-hand");
  const sshd = await startSshd();
  const ssh = sshTo(sshd);
  const target = `${sshd.user}@127.0.0.1`;
  const overSsh = ["--ssh-key", sshd.keyPath, "--ssh-port", String(sshd.port)];
  const pairs: Pair[] = [
    {
      name: "small run, mount: ship / cp -a + sha256sum on both sides",
      budget: 8,
      reset,
      ours: () => ship(["--to", far, "--init-destination"]),
      theirs: async () => {
        await run("cp", ["-a", source, byHand]);
        await sha256sumTree(source);
        await sha256sumTree(byHand);
      },
    },
    {
      name: "small run, rsync_ssh: ship / rsync -a + ssh sha256sum -c",
      budget: 1.3,
      reset,
      ours: () => ship(["--to", `${target}:${far}`, "--init-destination", ...overSsh]),
      theirs: async () => {
        const check = `cd ${byHand} && find . -type f -print0 | xargs -0 sha256sum`;
        await run("rsync", ["-a", "-e", ssh, `${source}/`, `${target}:${byHand}/`]);
        await sha256sumTree(source);
        await run("sh", ["-c", `${ssh} ${target} '${check}' > /dev/null`]);
      },
    },
    {
      name: "small run, rclone: ship / rclone copy + rclone check --download",
      budget: 3,
      reset,
      ours: () => ship(["--to", `:local:${far}`, "--init-destination"]),
      theirs: async () => {
        await run("rclone", ["copy", source, byHand]);
        await run("rclone", ["check", "--download", source, byHand]);
      },
    },
  ];
  return { pairs, stop: () => sshd.stop() };
}

/** A hundred small runs through the service onto a mount, against the same by hand, one by one. */
export async function hundredRuns(): Promise<PairResult> {
  await using lab = await openLab();
  await markDestinations(lab);
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`plane_${i}.dat`, `${i}`.padEnd(50_000, "x")]),
  );
  const runs: string[] = [];
  for (let i = 0; i < RUNS; i++) {
    runs.push(await lab.makeRun(files, { leaf: leafAt(i) }));
  }
  const daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const started = performance.now();
  for (const path of runs) await daemon.control.enqueue(path);
  await until(async () => (await daemon.control.status()).counts.verified === RUNS, {
    what: "a hundred runs to be safe",
    limitMs: 600_000,
    everyMs: 50,
  });
  const oursMs = performance.now() - started;
  await daemon[Symbol.asyncDispose]();
  const hand = await Deno.makeTempDir({ prefix: "labferry-by-hand-" });
  const times: number[] = [];
  for (const [i, path] of runs.entries()) {
    const one = performance.now();
    const to = join(hand, `run_${i}`);
    await run("cp", ["-a", path, to]);
    await sha256sumTree(path);
    await sha256sumTree(to);
    times.push(performance.now() - one);
  }
  await Deno.remove(hand, { recursive: true });
  const theirsMs = median(times) * RUNS;
  return {
    name: `${RUNS} small runs through the service onto a mount / by hand, one after the other`,
    budget: 2,
    oursMs,
    theirsMs,
    ratio: oursMs / theirsMs,
  };
}

/** One a minute. */
function leafAt(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `Run_2026-04-17T${two(10 + Math.floor(minute / 60))}-${two(minute % 60)}`;
}

/** How long the program takes to say its version, beside a shell that says a word. */
export async function startUp(rounds: number): Promise<PairResult> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    await run(Deno.execPath(), ["run", "-A", "--no-check", MAIN, "--version"]);
    const between = performance.now();
    await run(Deno.execPath(), ["eval", "console.log(1)"]);
    if (round === 0) continue;
    ours.push(between - began);
    theirs.push(performance.now() - between);
  }
  const [oursMs, theirsMs] = [median(ours), median(theirs)];
  return {
    name: "start to --version / deno eval",
    budget: 1.5,
    oursMs,
    theirsMs,
    ratio: oursMs / theirsMs,
  };
}
