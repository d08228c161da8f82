/**
 * A line with 25 ms each way, by a relay on loopback: a small run and a large one over ssh and over
 * rclone's sftp, against what a person would type; how long, and how many ways there and back.
 */
import { join } from "node:path";
import { type SlowRelay, startSlowRelay } from "../../tests/support/slow_relay.ts";
import { sftpSection } from "../../tests/support/rclone_place.ts";
import { startSshd, type TestSshd } from "../../tests/support/sshd.ts";
import { makeData } from "./data.ts";
import type { Figure } from "./figures.ts";
import { measure, type Pair, type PairResult, removeIfThere, run, sha256sumTree } from "./pair.ts";
import { runNamer } from "./small_runs.ts";
import { shipOf, sshTo, withOwnKnownHosts } from "./transfers.ts";

const LINE = { delayMs: 25, mbps: 400 } as const;

const RUNS = [
  { size: "small run (20 files, 1 MB)", data: { large: 0, small: 20, smallBytes: 50_000 } },
  { size: "large run (8 files, 256 MB)", data: { large: 8, largeMib: 32, small: 0 } },
] as const;

interface Line {
  readonly sshd: TestSshd;
  readonly relay: SlowRelay;
  /** For rclone: where its configuration is. */
  readonly env: Readonly<Record<string, string>>;
}

/** Ours and theirs, with the ways there and back of one `ship` beside each. */
export async function slowLines(
  dir: string,
  { program, rounds, only, tell }: {
    readonly program: string;
    readonly rounds: number;
    /** Only pairs whose name has it. */
    readonly only: string;
    /** As they come: all of them take some minutes. */
    readonly tell: (result: PairResult) => PairResult;
  },
): Promise<{ results: PairResult[]; figures: Figure[] }> {
  const results: PairResult[] = [];
  const figures: Figure[] = [];
  await using sshd = await startSshd();
  await using relay = startSlowRelay(sshd.port, LINE);
  const known = (await Deno.readTextFile(sshd.knownHostsPath))
    .replace(`:${sshd.port} `, `:${relay.port} `);
  const at = join(dir, "line");
  await Deno.mkdir(at, { recursive: true });
  const knownHostsPath = join(at, "known_hosts");
  await Deno.writeTextFile(knownHostsPath, known);
  const server = { ...sshd, port: relay.port, knownHostsPath };
  const config = join(at, "rclone.conf");
  await Deno.writeTextFile(config, sftpSection("labnas", server));
  const env = { RCLONE_CONFIG: config, ...await withOwnKnownHosts(at, server) };
  const line = { sshd: server, relay, env };
  for (const one of RUNS) {
    const pairs = await pairsOf(one, { at, program, line });
    for (const pair of pairs.filter(({ name }) => name.includes(only))) {
      results.push(tell(await measure(pair, rounds)));
      await pair.reset();
      const before = relay.counts();
      await pair.ours();
      const after = relay.counts();
      figures.push({
        name: `${pair.name.split(":")[0]}: ways there and back of ship, and its connections`,
        measured: `${after.roundTrips - before.roundTrips}, ${
          after.connections - before.connections
        }`,
        goal: "–",
      });
    }
  }
  return { results, figures };
}

async function pairsOf(
  { size, data }: (typeof RUNS)[number],
  { at, program, line }: {
    readonly at: string;
    readonly program: string;
    readonly line: Line;
  },
): Promise<Pair[]> {
  const { sshd, env } = line;
  const folder = join(at, size.split(" ")[0]!);
  const names = runNamer(join(folder, "source"));
  await makeData(names.source(), data);
  const far = join(folder, "far");
  await Deno.mkdir(far, { recursive: true });
  const byHand = join(far, "by-hand");
  const ship = (args: string[]) =>
    shipOf({ program, source: names.source(), stateDir: join(folder, "state"), env })(args);
  const target = `${sshd.user}@127.0.0.1`;
  const ssh = sshTo(sshd);
  const reset = async () => {
    await removeIfThere(byHand);
    await removeIfThere(join(far, names.leaf()));
    await names.next();
  };
  const init = "--init-destination";
  return [
    {
      name: `${size} at 25 ms each way, rsync_ssh: ship / rsync -a + ssh sha256sum`,
      budget: 2,
      reset,
      ours: () =>
        ship([
          "--to",
          `${target}:${far}`,
          init,
          "--ssh-key",
          sshd.keyPath,
          "--ssh-port",
          String(sshd.port),
        ]),
      theirs: async () => {
        const check = `cd ${byHand} && find . -type f -print0 | xargs -0 sha256sum`;
        await run("rsync", ["-a", "-e", ssh, `${names.source()}/`, `${target}:${byHand}/`]);
        await sha256sumTree(names.source());
        await run("sh", ["-c", `${ssh} ${target} '${check}' > /dev/null`]);
      },
    },
    {
      name: `${size} at 25 ms each way, rclone sftp: ship / rclone copy + rclone check --download`,
      budget: 3,
      reset,
      ours: () => ship(["--to", `labnas:${far}`, init]),
      theirs: async () => {
        await run("rclone", ["copy", names.source(), `labnas:${byHand}`], { env });
        await run("rclone", ["check", "--download", names.source(), `labnas:${byHand}`], { env });
      },
    },
  ];
}
