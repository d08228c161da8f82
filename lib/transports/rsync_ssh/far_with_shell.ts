/** The far side of an account with a shell: fixed scripts lead the way. */
import { isAbsolute } from "node:path/posix";
import type { FarEntry, FarFlush, NameHabits } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { pathBelow } from "../tool/far_path.ts";
import type { FarShell } from "./far_account.ts";
import { ANSWER_LIMIT_MS, type FarCall, type FarCalls, nulNames } from "./far_calls.ts";
import type { FarScript } from "./far_script.ts";
import { farRemove, farRemoveProbe, farSetAside, farSetOneAside } from "./far_aside.ts";
import { farHabits, habitsFrom } from "./far_habits.ts";
import { farCheck, farClear, farCreateBase, farRsync, farSync, FUSE_NOTE } from "./far_scripts.ts";
import type {
  AsideOptions,
  ClearOptions,
  FarLeg,
  FarSide,
  LegOptions,
  ListOptions,
  ReadOptions,
  RemoveOptions,
  WriteOptions,
} from "./far_side.ts";
import { listByTalk } from "./talk_list.ts";
import { readByTalk, writeByTalk } from "./talk_files.ts";
import type { RsyncPair } from "./rsync_version.ts";
import type { SshConnection } from "./ssh_connection.ts";

const NO_FUSE_FLUSH =
  "the far folder is behind a file system (FUSE, SMB) that cannot be told to flush its disk";

export class FarWithShell implements FarSide {
  readonly tidiesUp = true;
  readonly #ssh: SshConnection;
  readonly #account: FarShell;
  readonly #pair: RsyncPair;
  readonly #base: string;
  readonly #calls: FarCalls;

  constructor(
    ssh: SshConnection,
    { account, pair, calls }: {
      readonly account: FarShell;
      readonly pair: RsyncPair;
      readonly calls: FarCalls;
    },
  ) {
    this.#ssh = ssh;
    this.#calls = calls;
    this.#account = account;
    this.#pair = pair;
    this.#base = ssh.destination.base;
  }

  async check(signal?: AbortSignal): Promise<void> {
    const silenceMs = ANSWER_LIMIT_MS;
    await this.#run(farCheck(this.#base), { doing: "looking at", signal, silenceMs });
  }

  async createBase(): Promise<void> {
    await this.#run(farCreateBase(this.#base), { doing: "making the folder" });
  }

  leg(options: LegOptions): Promise<FarLeg> {
    const { farDir, make = false, aside = "", partial = false } = options;
    const { parents = [], makeParents = false } = options;
    const base = this.#base;
    const script = farRsync({ base, farDir, make, parents, makeParents, aside, partial });
    const words = [`--rsync-path=${script}`];
    // The far rsync starts in the right folder, so that no name is among its arguments; what paths
    // its options hold travel inside the protocol.
    if (this.#pair.secludesArgs) words.push("-s");
    return Promise.resolve({ options: words, operand: "." });
  }

  /** @throws TransportError `name_not_carried` where rsync is too old to pass the path safely */
  absolute(farPath: string): string {
    const base = isAbsolute(this.#base)
      ? this.#base
      : pathBelow(this.#account.home, this.#base.replace(/^\.\/?/, ""));
    const path = pathBelow(base, farPath);
    if (this.#pair.secludesArgs || /^[A-Za-z0-9_./@%+=:,-]+$/.test(path)) return path;
    throw new TransportError("name_not_carried", `${path} cannot be passed on`, {
      why: "one of the two rsyncs is too old to keep the path from the far shell",
      hint: "Install rsync 3.1 or newer here and there.",
    });
  }

  async setAside({ farDir, names, intoDir }: AsideOptions): Promise<string[]> {
    const what = names.length === 1 ? names[0] : `${names.length} names`;
    const doing = `setting ${what} aside at`;
    const answers: string[] = [];
    if (this.#account.hasXargs0) {
      const command = farSetAside(this.#base, { farDir, intoDir });
      const said = await this.#run(command, { doing, input: nulNames(names) });
      answers.push(...said.split("\n").slice(0, -1));
    } else {
      for (const name of names) {
        const command = farSetOneAside(this.#base, { farDir, intoDir, name });
        answers.push((await this.#run(command, { doing })).trimEnd());
      }
    }
    const clear = answers.every((answer) => answer === "moved" || answer === "absent");
    if (!clear || answers.length !== names.length) {
      throw new TransportError(
        "unknown",
        `${doing} ${this.#ssh.destination.address} failed`,
        {
          why: `${answers.length} answers for ${names.length} names`,
          toolTail: answers.join("\n").slice(-2_000),
        },
      );
    }
    return names.filter((_, index) => answers[index] === "moved");
  }

  fsyncsPushes(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async flush(farDir: string): Promise<FarFlush> {
    const said = await this.#run(farSync(this.#base, farDir), { doing: "flushing the disk at" });
    return said.includes(FUSE_NOTE)
      ? { flushed: false, note: NO_FUSE_FLUSH }
      : { flushed: true, note: null };
  }

  async nameHabits(farDir: string): Promise<NameHabits> {
    const said = await this.#run(farHabits(this.#base, farDir), { doing: "trying names at" });
    return habitsFrom(said);
  }

  async removeFiles({ farDir, names, signal }: RemoveOptions): Promise<boolean> {
    if (!this.#account.hasXargs0) return false;
    const script = farRemove(this.#base, farDir);
    const doing = "tidying up at";
    const left = await this.#run(script, { doing, input: nulNames(names), signal });
    return left === "";
  }

  async removeProbe(farDir: string, names: readonly string[]): Promise<void> {
    const script = farRemoveProbe(this.#base, { farDir, names });
    await this.#run(script, { doing: "removing a probe at" });
  }

  async clear({ farDir, signal }: ClearOptions): Promise<void> {
    await this.#run(farClear(this.#base, farDir), { doing: "tidying up at", signal });
  }

  list({ farDir, what }: ListOptions): AsyncGenerator<FarEntry> | null {
    const { talk } = this.#calls;
    if (talk === null || !this.#account.findPrints) return null;
    return listByTalk(this.#calls, { base: this.#base, farDir, what, talk });
  }

  readSmall(options: ReadOptions): Promise<Map<string, Uint8Array | null> | null> {
    return readByTalk(this.#calls, { ...options, base: this.#base });
  }

  writeSmall(options: WriteOptions): Promise<boolean> {
    return writeByTalk(this.#calls, { ...options, base: this.#base });
  }

  async #run(script: FarScript, call: FarCall): Promise<string> {
    return new TextDecoder().decode(await this.#calls.need(script, call));
  }
}
