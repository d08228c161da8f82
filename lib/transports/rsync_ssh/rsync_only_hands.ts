/**
 * What rsync alone can be made to do over there: list the way to look for links, make folders by
 * being sent empty ones, and delete exactly what is named.
 */
import { LabferryError } from "../../base/mod.ts";
import { TransportError } from "../failure.ts";
import { pathBelow, wayTo } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import type { FarRestricted } from "./far_account.ts";
import type { FarLeg } from "./far_side.ts";
import { FAR_WORDS, type FarWord } from "./far_words.ts";
import { type ListedEntry, parseListLine, pathOf } from "./list_line.ts";
import { needRsync, quietOptions, runRsync } from "./rsync_run.ts";
import type { RsyncPair } from "./rsync_version.ts";
import { sendEmptyFolders } from "./small_files.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

export type Kind = ListedEntry["kind"];

/** The folder itself is missing: rsync cannot go there (a name in it is a `link_stat`), or rrsync. */
const NO_BASE =
  /change_dir(?:#\d+)? ".*".* failed: .*\((?:2|20)\)|rrsync error: .*No such file or directory$/;

export class RsyncOnlyHands {
  readonly #ssh: SshConnection;
  readonly #pair: RsyncPair;
  readonly #base: string;

  /** @throws LabferryError `config_invalid` for a base that such an account does not take */
  constructor(
    ssh: SshConnection,
    { account, pair }: { readonly account: FarRestricted; readonly pair: RsyncPair },
  ) {
    this.#ssh = ssh;
    this.#pair = pair;
    const { base, address } = ssh.destination;
    // rrsync calls its own folder "/", and what is below it is the same with and without the slash.
    this.#base = account.isRrsync ? base.replace(/^\.\/?/, "/") : base;
    if (!this.#base.startsWith("/")) {
      throw new LabferryError("config_invalid", `remote_path of ${address} is not absolute`, {
        why: "the account may only run rsync, which cannot ask where its home is",
        hint: "Write remote_path from the root.",
      });
    }
  }

  /** Sends an empty folder, with deletion, to a far folder in which all but `includes` is exempt. */
  deleteOnly(
    farDir: string,
    { doing, includes, options, signal }: {
      doing: string;
      includes: readonly string[];
      options: readonly string[];
      signal?: AbortSignal | undefined;
    },
  ): Promise<unknown> {
    return this.withEmptyDir((localDir) =>
      needRsync(this.#ssh, {
        doing,
        localDir,
        direction: "push",
        leg: this.to(farDir),
        options: [
          "--dirs",
          "--delete",
          "--omit-dir-times",
          ...options,
          ...includes.map((pattern) => `--include=${pattern}`),
          "--exclude=*",
        ],
        ...(signal ? { signal } : {}),
      })
    );
  }

  makeFolders(dirs: readonly string[], signal?: AbortSignal): Promise<void> {
    return sendEmptyFolders(this.#ssh, { leg: this.to(""), dirs, signal });
  }

  /** What stands at each of these far paths; what is not there is not in the answer. */
  async kinds(paths: readonly string[], signal?: AbortSignal): Promise<Map<string, Kind>> {
    const kinds = new Map<string, Kind>();
    const trouble: string[] = [];
    const doing = "looking at";
    const exit = await runRsync(this.#ssh, {
      doing,
      localDir: this.#ssh.scratchDir,
      direction: "list",
      leg: this.to(""),
      options: ["--list-only", "--dirs", ...quietOptions(this.#pair.local)],
      names: [".", ...new Set(paths)],
      onStdoutLine: (line) => {
        const entry = parseListLine(line);
        if (entry) kinds.set(pathOf(entry), entry.kind);
      },
      onStderrLine: (line) => trouble.push(line),
      ...(signal ? { signal } : {}),
    });
    if (trouble.some((line) => NO_BASE.test(line))) {
      throw this.refusal("base-missing", this.#base);
    }
    const absent = /link_stat ".*" failed: .*\((2|20)\)$|^rsync error: |^$/;
    const real = exit.stderrUnheardBytes > 0 ||
      trouble.some((line) => /^rsync: /.test(line) && !absent.test(line));
    if (exit.code !== 0 && (exit.code !== 23 || real)) {
      throw exitError(this.#ssh, exit, { doing, pulling: true });
    }
    return kinds;
  }

  refuseLinks(kinds: ReadonlyMap<string, Kind>, ways: readonly string[]): void {
    const link = ways.flatMap(wayTo).find((path) => kinds.get(path) === "link");
    if (link !== undefined) throw this.refusal("link", link);
  }

  refuseFiles(kinds: ReadonlyMap<string, Kind>, folders: readonly string[]): void {
    const file = folders.find((path) => !["directory", undefined].includes(kinds.get(path)));
    if (file !== undefined) throw this.refusal("in-the-way", file);
  }

  to(farDir: string): FarLeg {
    const operand = this.operandOf(farDir);
    return { options: [], operand: operand.endsWith("/") ? operand : `${operand}/` };
  }

  /** @throws TransportError `name_not_carried`: rrsync expands wildcards and braces */
  operandOf(farPath: string): string {
    const path = pathBelow(this.#base, farPath);
    const safe = this.#pair.local.hasFsync ? /^[^*?[\]{}\\\0]+$/ : /^[A-Za-z0-9_./@%+=:,-]+$/;
    if (safe.test(path)) return path;
    throw new TransportError("name_not_carried", `${path} cannot be passed on`, {
      why: "the account may only run rsync, and its restricted shell expands such a name",
      hint: "Rename the folder, or give the account a shell.",
    });
  }

  refusal(word: FarWord, path: string): TransportError {
    const { code, why, hint } = FAR_WORDS[word];
    return new TransportError(
      code,
      `${this.#ssh.destination.address} is not as it must be`,
      {
        why: `${why} (${path})`,
        ...(hint ? { hint } : {}),
        path,
      },
    );
  }

  async withEmptyDir<T>(work: (dir: string) => Promise<T>): Promise<T> {
    await using folder = await scratchFolder(this.#ssh.scratchDir, { prefix: "empty-" });
    return await work(folder.path);
  }
}

/** In a pattern with wildcards a backslash protects one; in a pattern without it stands for itself. */
export function escapeFilter(name: string): string {
  return /[*?[]/.test(name) ? name.replace(/[*?[\\]/g, "\\$&") : name;
}
