/** The far side of an account with a shell: fixed scripts lead the way. */
import { isAbsolute } from "node:path/posix";
import { TransportError } from "../failure.ts";
import { belowBase } from "./destination.ts";
import type { FarShell } from "./far_account.ts";
import { farCheck, farCreateBase, farRsync, farSetAside } from "./far_scripts.ts";
import type { FarLeg, FarSide, LegOptions } from "./far_side.ts";
import type { RsyncPair } from "./rsync_version.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

export class FarWithShell implements FarSide {
  readonly #connection: SshConnection;
  readonly #account: FarShell;
  readonly #pair: RsyncPair;
  readonly #base: string;

  constructor(connection: SshConnection, account: FarShell, pair: RsyncPair) {
    this.#connection = connection;
    this.#account = account;
    this.#pair = pair;
    this.#base = connection.destination.base;
  }

  async check(signal?: AbortSignal): Promise<void> {
    await this.#run(farCheck(this.#base), { doing: "looking at", signal });
  }

  async createBase(): Promise<void> {
    await this.#run(farCreateBase(this.#base), { doing: "making the folder" });
  }

  leg(options: LegOptions): Promise<FarLeg> {
    const { farDir, make = false, parents = [], aside = "", partial = false } = options;
    const script = farRsync({ base: this.#base, farDir, make, parents, aside, partial });
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
      : belowBase(this.#account.home, this.#base.replace(/^\.\/?/, ""));
    const path = belowBase(base, farPath);
    if (this.#pair.secludesArgs || /^[A-Za-z0-9_./@%+=:,-]+$/.test(path)) return path;
    throw new TransportError("name_not_carried", `${path} cannot be passed on`, {
      why: "one of the two rsyncs is too old to keep the path from the far shell",
      hint: "Install rsync 3.1 or newer here and there.",
    });
  }

  async setAside(names: { farDir: string; name: string; intoDir: string }): Promise<boolean> {
    const script = farSetAside(this.#base, names);
    const said = await this.#run(script, { doing: `setting ${names.name} aside at` });
    if (/^moved$/m.test(said)) return true;
    if (/^absent$/m.test(said)) return false;
    throw new TransportError("unknown", `${names.name} was not set aside`, { toolTail: said });
  }

  async clearPartial(): Promise<void> {}

  async #run(
    commandLine: string,
    { doing, signal }: { doing: string; signal?: AbortSignal | undefined },
  ): Promise<string> {
    const exit = await this.#connection.run(commandLine, { doing, ...(signal ? { signal } : {}) });
    if (exit.code !== 0) throw exitError(this.#connection, exit, { doing });
    return exit.stdout;
  }
}
