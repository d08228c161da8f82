/** The far side of an account with a shell: fixed scripts lead the way. */
import { isAbsolute } from "node:path/posix";
import { TransportError } from "../failure.ts";
import { belowBase } from "./destination.ts";
import type { FarShell } from "./far_account.ts";
import {
  farCheck,
  farClear,
  farCreateBase,
  farRsync,
  farSetAside,
  PARTIAL_DIR,
} from "./far_scripts.ts";
import type { ClearOptions, FarLeg, FarSide, LegOptions } from "./far_side.ts";
import { nulSeparated } from "./rsync_run.ts";
import type { RsyncPair } from "./rsync_version.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

export class FarWithShell implements FarSide {
  readonly tidiesUp = true;
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

  async clear({ farDir, temporary, signal }: ClearOptions): Promise<void> {
    const command = farClear(this.#base, farDir);
    const stdin = nulSeparated([...temporary, PARTIAL_DIR]);
    await this.#run(command, { doing: "tidying up at", signal, stdin });
  }

  async #run(
    commandLine: string,
    { doing, signal, stdin }: {
      doing: string;
      signal?: AbortSignal | undefined;
      stdin?: ReadableStream<Uint8Array>;
    },
  ): Promise<string> {
    const exit = await this.#connection.run(commandLine, {
      doing,
      ...(signal ? { signal } : {}),
      ...(stdin ? { stdin } : {}),
    });
    if (exit.code !== 0) throw exitError(this.#connection, exit, { doing });
    return exit.stdout;
  }
}
