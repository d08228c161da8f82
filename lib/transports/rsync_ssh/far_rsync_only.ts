/**
 * The far side of an account that may run rsync and nothing else (rrsync, or a forced command).
 * Everything is done by rsync itself: it lists the way to look for links, makes folders by being
 * sent empty ones, and moves a file aside by deleting it into a backup folder.
 */
import type { FarFlush, NameHabits } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { PROBE_ASIDE } from "../probe.ts";
import { inFolder, leafOf, parentOf, wayTo } from "../tool/far_path.ts";
import { FarFolderAbsent } from "./failure.ts";
import type { FarRestricted } from "./far_account.ts";
import { PARTIAL_DIR } from "./far_scripts.ts";
import { type Trial, trials } from "./far_habits.ts";
import type { AsideOptions, ClearOptions, FarLeg, FarSide, LegOptions } from "./far_side.ts";
import { FAR_WORDS } from "./far_words.ts";
import { escapeFilter, RsyncOnlyHands } from "./rsync_only_hands.ts";
import { needRsync, runRsync } from "./rsync_run.ts";
import type { RsyncPair } from "./rsync_version.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

/** Patterns of one command line. */
const MAX_PATTERNS = 100;

const NOT_FLUSHED = "the far account may only run rsync, which cannot flush its disk there";
const FLUSHED_SINGLY = "the far account may only run rsync: it flushed each file as it came";

export class FarRsyncOnly implements FarSide {
  readonly tidiesUp = false;
  readonly #ssh: SshConnection;
  readonly #pair: RsyncPair;
  readonly #hands: RsyncOnlyHands;
  #fsyncs: Promise<boolean> | null = null;

  /** @throws LabferryError `config_invalid` for a base that such an account does not take */
  constructor(
    ssh: SshConnection,
    { account, pair }: { readonly account: FarRestricted; readonly pair: RsyncPair },
  ) {
    this.#ssh = ssh;
    this.#pair = pair;
    this.#hands = new RsyncOnlyHands(ssh, { account, pair });
  }

  /** What such an account leaves has other names: rsync's own, see `leftovers.ts`. */
  removeFiles(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async removeProbe(farDir: string, names: readonly string[]): Promise<void> {
    await this.#hands.deleteOnly("", {
      doing: "removing a probe at",
      // Whatever else is in the folder is exempt, and keeps it. A push made the folder for what is in
      // its way beforehand; with something in it it stays.
      includes: [
        `/${farDir}/`,
        `/${farDir}/${PROBE_ASIDE}/`,
        ...names.map((name) => `/${farDir}/${escapeFilter(name)}`),
      ],
      options: [],
    });
  }

  list(): null {
    return null;
  }

  readSmall(): Promise<null> {
    return Promise.resolve(null);
  }

  writeSmall(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async check(signal?: AbortSignal): Promise<void> {
    await this.#hands.kinds([], signal);
  }

  async createBase(): Promise<void> {
    if (await this.#isThere()) return;
    if (!this.#pair.local.hasMkpath) {
      throw this.#hands.refusal("base-missing", "and this computer's rsync is too old to make it");
    }
    const doing = "making the folder";
    await this.#hands.withEmptyDir((localDir) =>
      needRsync(this.#ssh, {
        doing,
        localDir,
        direction: "push",
        leg: this.#hands.to(""),
        options: ["--dirs", "--mkpath", "--omit-dir-times"],
      })
    );
    await this.check();
  }

  async leg(options: LegOptions): Promise<FarLeg> {
    const { farDir, make = false, parents = [], makeParents = false, aside = "", signal } = options;
    const ways = [farDir, aside, ...parents.map((parent) => inFolder(farDir, parent))];
    const kinds = await this.#hands.kinds(ways.flatMap(wayTo), signal);
    this.#hands.refuseLinks(kinds, ways);
    if (kinds.get(farDir) !== "directory" && farDir !== "") {
      if (kinds.has(farDir)) throw this.#hands.refusal("taken", farDir);
      if (!make) throw new FarFolderAbsent(farDir);
      this.#hands.refuseFiles(kinds, wayTo(farDir));
      await this.#hands.makeFolders(wayTo(farDir), signal);
    }
    if (makeParents) {
      const below = parents.flatMap((parent) => wayTo(inFolder(farDir, parent)));
      this.#hands.refuseFiles(kinds, below);
    }
    return this.#hands.to(farDir);
  }

  absolute(farPath: string): string {
    return this.#hands.operandOf(farPath);
  }

  async setAside({ farDir, names, intoDir }: AsideOptions): Promise<string[]> {
    const pairs = names.map((name) => ({
      name,
      from: inFolder(farDir, name),
      into: inFolder(intoDir, name),
    }));
    const ways = pairs.flatMap(({ from, into }) => [from, into]).flatMap(wayTo);
    const before = await this.#hands.kinds(ways);
    const there = pairs.filter(({ from }) => before.has(from));
    for (const { from, into } of there) {
      this.#hands.refuseLinks(before, [from, into]);
      if (before.get(from) === "directory") throw this.#hands.refusal("folder-stays", from);
      if (before.get(from) !== "file") throw this.#hands.refusal("odd", from);
      if (before.has(into)) throw this.#hands.refusal("taken", into);
      this.#hands.refuseFiles(before, wayTo(parentOf(into)));
    }
    if (there.length === 0) return [];
    await this.#hands.makeFolders(there.flatMap(({ into }) => wayTo(parentOf(into))));
    for (const [parent, group] of Map.groupBy(there, ({ from }) => parentOf(from))) {
      for (let at = 0; at < group.length; at += MAX_PATTERNS) {
        const some = group.slice(at, at + MAX_PATTERNS);
        await this.#hands.deleteOnly(parent, {
          doing: "setting files aside at",
          includes: some.map(({ from }) => `/${escapeFilter(leafOf(from))}`),
          options: ["--backup", `--backup-dir=${this.absolute(parentOf(some[0]!.into))}`],
        });
      }
    }
    const after = await this.#hands.kinds(ways);
    for (const { from, into } of there) {
      if (after.has(from) || after.get(into) !== "file") {
        throw this.#hands.refusal("not-moved", from);
      }
    }
    return there.map(({ name }) => name);
  }

  /**
   * The far rsync flushes each file before it gives it its name (`RsyncPair.hasFsync`), but not the
   * name. One more file behind them, flushed alike: a journal (ext4, XFS) takes the names with it.
   */
  async flush(farDir: string): Promise<FarFlush> {
    if (!await this.fsyncsPushes()) return { flushed: false, note: NOT_FLUSHED };
    const dir = await this.#nearest(farDir);
    const fence = inFolder(PARTIAL_DIR, `fence-${crypto.randomUUID()}`);
    await this.#hands.withEmptyDir(async (localDir) => {
      await Deno.mkdir(`${localDir}/${PARTIAL_DIR}`);
      await Deno.writeTextFile(`${localDir}/${fence}`, "fence");
      await needRsync(this.#ssh, {
        doing: "flushing the disk at",
        localDir,
        direction: "push",
        leg: this.#hands.to(dir),
        options: ["--fsync", "--omit-dir-times"],
        names: [fence],
      });
    });
    await this.clear({ farDir: dir, signal: new AbortController().signal });
    return { flushed: true, note: FLUSHED_SINGLY };
  }

  async nameHabits(farDir: string): Promise<NameHabits> {
    const dir = await this.#nearest(farDir);
    const { byCase, byForm } = trials();
    const foldsCase = await this.#tryName(dir, byCase);
    return { foldsCase, normalises: await this.#tryName(dir, byForm) };
  }

  async #tryName(dir: string, { written, asked }: Trial): Promise<boolean | null> {
    const [name, other] = [inFolder(dir, written), inFolder(dir, asked)];
    const before = await this.#hands.kinds([name, other]);
    if (before.has(name) || before.has(other)) return null;
    try {
      await this.#hands.makeFolders([name]);
    } catch (error) {
      // Not to be written to: then it cannot be found out, and that is an answer.
      if (error instanceof TransportError && error.code === "auth") return null;
      throw error;
    }
    const found = await this.#hands.kinds([name, other]);
    await this.#hands.deleteOnly(dir, {
      doing: "tidying up at",
      includes: [`/${written}`],
      options: [],
    });
    return found.has(name) ? found.has(other) : null;
  }

  /** The far folder, or the nearest above it that is there. */
  async #nearest(farDir: string): Promise<string> {
    const kinds = await this.#hands.kinds(wayTo(farDir));
    this.#hands.refuseLinks(kinds, [farDir]);
    return wayTo(farDir).findLast((path) => kinds.get(path) === "directory") ?? "";
  }

  /** Whether both rsyncs know `--fsync`; the account does not say its version, so it is tried. */
  fsyncsPushes(): Promise<boolean> {
    this.#fsyncs ??= this.#tryFsync();
    return this.#fsyncs;
  }

  async #tryFsync(): Promise<boolean> {
    if (!this.#pair.local.hasFsync) return false;
    const doing = "asking";
    const exit = await this.#hands.withEmptyDir((localDir) =>
      runRsync(this.#ssh, {
        doing,
        localDir,
        direction: "push",
        leg: this.#hands.to(""),
        options: ["--dirs", "--fsync", "--omit-dir-times", "--dry-run"],
      })
    );
    if (exit.code === 0) return true;
    if (/--fsync|unknown option|invalid/i.test(exit.stderrTail)) return false;
    throw exitError(this.#ssh, exit, { doing });
  }

  async clear({ farDir, signal }: ClearOptions): Promise<void> {
    await this.#hands.deleteOnly(farDir, {
      doing: "tidying up at",
      includes: [`/${PARTIAL_DIR}/***`],
      options: [],
      signal,
    });
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.check();
      return true;
    } catch (error) {
      if (error instanceof TransportError && error.code === FAR_WORDS["base-missing"].code) {
        return false;
      }
      throw error;
    }
  }
}
