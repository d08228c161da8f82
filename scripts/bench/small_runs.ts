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
import { shipOf, sshTo, withOwnKnownHosts } from "./transfers.ts";
import {
  compared,
  measure,
  median,
  type Pair,
  type PairResult,
  removeIfThere,
  run,
  sha256sumTree,
} from "./pair.ts";

const RUNS = 100;

/** Each measured run is a new one: the destination is known, the run is not. */
export interface RunNamer {
  /** The run's folder as it is called now. */
  source(): string;
  leaf(): string;
  /** Gives it the next name, and takes away what `ship` wrote into it. */
  next(): Promise<void>;
}

export function runNamer(folder: string): RunNamer {
  let count = 1;
  const leaf = () => `Run_${count}`;
  const source = () => join(folder, leaf());
  return {
    source,
    leaf,
    async next() {
      const before = source();
      await removeIfThere(join(before, ".exlab-wizard"));
      count++;
      await Deno.rename(before, source());
    },
  };
}

interface Scene {
  readonly names: RunNamer;
  readonly far: string;
  readonly ship: (args: readonly string[]) => Promise<void>;
  readonly reset: () => Promise<void>;
}

async function smallScene(
  dir: string,
  { program, env }: { readonly program: string; readonly env: Readonly<Record<string, string>> },
): Promise<Scene> {
  const names = runNamer(join(dir, "small"));
  const far = join(dir, "small", "far");
  const stateDir = join(dir, "small", "state");
  await makeData(names.source(), { large: 0, small: 20, smallBytes: 50_000 });
  await Deno.mkdir(far, { recursive: true });
  const ship = (args: readonly string[]) =>
    shipOf({ program, source: names.source(), stateDir, env })(args);
  const reset = async () => {
    await removeIfThere(join(far, names.leaf()));
    await removeIfThere(join(far, "by-hand"));
    await names.next();
  };
  return { names, far, ship, reset };
}

export async function smallRunPairs(
  dir: string,
  program: string,
): Promise<{ pairs: Pair[]; stop: () => Promise<void> }> {
  const sshd = await startSshd();
  const env = await withOwnKnownHosts(dir, sshd);
  const { names, far, ship, reset } = await smallScene(dir, { program, env });
  const byHand = join(far, "by-hand");
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
        await run("cp", ["-a", names.source(), byHand]);
        await sha256sumTree(names.source());
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
        await run("rsync", ["-a", "-e", ssh, `${names.source()}/`, `${target}:${byHand}/`]);
        await sha256sumTree(names.source());
        await run("sh", ["-c", `${ssh} ${target} '${check}' > /dev/null`]);
      },
    },
    {
      name: "small run, rclone: ship / rclone copy + rclone check --download",
      budget: 3,
      reset,
      ours: () => ship(["--to", `:local:${far}`, "--init-destination"]),
      theirs: async () => {
        await run("rclone", ["copy", names.source(), byHand]);
        await run("rclone", ["check", "--download", names.source(), byHand]);
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
  return compared({
    name: `${RUNS} small runs through the service onto a mount / by hand, one after the other`,
    budget: 2,
  }, { ours: [oursMs], theirs: [median(times) * RUNS] });
}

/** One a minute. */
function leafAt(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `Run_2026-04-17T${two(10 + Math.floor(minute / 60))}-${two(minute % 60)}`;
}

/** How long the program takes to say its version, beside a runtime that says a word. */
export async function startUp(program: string, rounds: number): Promise<PairResult> {
  return await measure({
    name: "start to --version, program in parts / deno run of one line",
    budget: 2,
    reset: () => Promise.resolve(),
    ours: () => run(Deno.execPath(), ["run", "-A", "--no-config", program, "--version"]),
    theirs: () => run(Deno.execPath(), ["eval", "console.log(1)"]),
  }, rounds);
}
