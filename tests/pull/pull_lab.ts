/**
 * An instrument's PC that cannot run labferry, and a computer that fetches its runs: a share that is
 * mounted read-only in a mount namespace of the test, and labferry's service in there.
 */
import { join } from "node:path";
import { type Job, Queue } from "../../lib/queue/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { type DaemonProcess, startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { type MountSpace, mountSpace } from "../support/mount_space.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { SOON } from "../support/intake_lab.ts";

export interface PullLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly space: MountSpace;
  /** Where the share is mounted. */
  readonly share: string;
  start(): Promise<DaemonProcess>;
  /** The instrument's own computer writes a file. */
  write(path: string, text: string): Promise<void>;
  /** The share's own disk, as that computer sees it. */
  readonly instrument: string;
  mountShare(how?: "ro" | "rw"): Promise<void>;
  unmountShare(): Promise<void>;
}

export const ANCHOR = "this-is-orbi-pc.txt";
export const ADDRESS = "//orbi-pc/data";

export interface PullLabOptions {
  readonly signal: (share: string) => readonly string[];
  readonly moreYaml?: string;
  readonly transportYaml?: string;
}

export async function pullLab({ signal, ...more }: PullLabOptions): Promise<PullLab> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-pull-"));
  const [share, instrument] = [dir.join("share"), dir.join("instrument")];
  for (const folder of [share, instrument]) await Deno.mkdir(folder);
  const lab = stack.use(
    await openLab({
      equipment: { ORBI_01: "mount" },
      dataRoots: { ORBI_01: share },
      signals: { ORBI_01: [`pull_anchor: ${ANCHOR}`, ...signal(share)] },
      syncYaml: SOON,
      ...more,
    }),
  );
  await markDestinations(lab);
  const space = stack.use(await mountSpace());
  await space.sh(
    'mount -t tmpfs -o size=96m "$1" "$2"; touch "$2/$3"',
    ADDRESS,
    instrument,
    ANCHOR,
  );
  const kept = stack.move();
  const mountShare = async (how: "ro" | "rw" = "ro") => {
    await space.sh(
      'mount --bind "$1" "$2"; mount -o "remount,bind,$3" "$2"',
      instrument,
      share,
      how,
    );
  };
  await mountShare();
  return {
    lab,
    space,
    share,
    instrument,
    start: () => startLabDaemon(lab, { within: space.within }),
    async write(path, text) {
      const at = join(instrument, path);
      await space.sh('mkdir -p "$(dirname "$1")"; printf %s "$2" > "$1"', at, text);
    },
    mountShare,
    async unmountShare() {
      await space.sh('umount -l "$1"', share);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** All jobs of the lab, as the queue has them. */
export function jobsOf({ lab }: Pick<PullLab, "lab">): Job[] {
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  return queue.jobs.list({ limit: 100 });
}

export async function provenRun(
  at: Pick<PullLab, "lab">,
  name: RegExp,
  { generation = 1 } = {},
): Promise<Job> {
  let found: Job | undefined;
  await until(() => {
    found = jobsOf(at).find((job) => name.test(job.runPath));
    return found?.state === "verified" && found.generation >= generation;
  }, { what: () => `${name} to be proven: ${JSON.stringify(jobsOf(at))}`, limitMs: 120_000 });
  return found!;
}
