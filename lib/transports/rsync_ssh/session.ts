/** One connection to one far account, as the contract wants it. */
import type {
  ConnectOptions,
  FarEntry,
  FarFlush,
  FarHashOutcome,
  FarHashRequest,
  FarSession,
  FetchRequest,
  NameHabits,
  PushRequest,
} from "../contract.ts";
import { TransportError } from "../failure.ts";
import { FarFolderAbsent } from "./failure.ts";
import type { SshDestination } from "./destination.ts";
import { type AskedAccount, type FarAccount, type FarShell, probeAccount } from "./far_account.ts";
import { FarCalls } from "./far_calls.ts";
import { fetchList } from "./fetch.ts";
import { hashFar } from "./hash.ts";
import { listFar } from "./list.ts";
import { FarRsyncOnly } from "./far_rsync_only.ts";
import { FarWithShell } from "./far_with_shell.ts";
import { pushList } from "./push.ts";
import { readBack } from "./read_back.ts";
import { pairOf, parseRsyncVersion, type RsyncKind } from "./rsync_version.ts";
import type { RsyncConnection } from "./connection.ts";
import { fetchSmallFiles, sendSmallFiles } from "./small_files.ts";
import { SshConnection } from "./ssh_connection.ts";

/** @throws TransportError when the place cannot be reached or a tool is missing */
export async function openSession(
  destination: SshDestination,
  options: ConnectOptions,
): Promise<FarSession> {
  const connection = await SshConnection.open(destination, options);
  try {
    const [local, asked] = await Promise.all([
      localRsync(connection),
      probeAccount(connection, options.signal),
    ]);
    return new RsyncSshSession(connection, { ...asked, local });
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

async function localRsync(ssh: SshConnection): Promise<RsyncKind> {
  const { rsync } = ssh.destination;
  const exit = await ssh.start([rsync, "--version"], { doing: "sending to" });
  const kind = parseRsyncVersion(exit.stdout);
  if (kind) return kind;
  throw new TransportError("missing_tool", `${rsync} on this computer is no rsync`, {
    hint: "Install rsync 3.1 or newer here.",
    toolTail: `${exit.stdout}\n${exit.stderrTail}`.trim().slice(-1_000),
  });
}

/** Else its files come back over the wire. */
function hashesItself(account: FarAccount): account is FarShell {
  return account.kind === "shell" && account.hashTools.length > 0 && account.hasXargs0;
}

class RsyncSshSession implements FarSession {
  readonly verifiesInFlight: boolean;
  readonly #connection: RsyncConnection;
  readonly #account: FarAccount;
  readonly #calls: FarCalls;

  constructor(
    ssh: SshConnection,
    { local, account, talk }: AskedAccount & { local: RsyncKind },
  ) {
    this.#account = account;
    this.verifiesInFlight = hashesItself(account);
    const calls = this.#calls = new FarCalls(ssh, talk);
    if (account.kind === "restricted") {
      ssh.accountSaid = account.said;
      const pair = pairOf(local, null);
      this.#connection = { ssh, pair, far: new FarRsyncOnly(ssh, { account, pair }) };
      return;
    }
    if (account.rsync === null) {
      throw new TransportError(
        "missing_tool",
        `rsync is missing on ${ssh.destination.host}`,
        {
          why: "the account has a shell there, but no rsync on its PATH",
          hint: "Install rsync on the far machine.",
        },
      );
    }
    const pair = pairOf(local, account.rsync);
    this.#connection = {
      ssh,
      pair,
      far: new FarWithShell(ssh, { account, pair, calls }),
    };
  }

  check(): Promise<void> {
    return this.#connection.far.check();
  }

  createBase(): Promise<void> {
    return this.#connection.far.createBase();
  }

  getFiles(farDir: string, names: readonly string[]): Promise<Map<string, Uint8Array | null>> {
    return fetchSmallFiles(this.#connection, { farDir, names });
  }

  putFiles(farDir: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    return sendSmallFiles(this.#connection, { farDir, files });
  }

  setAside(farDir: string, names: readonly string[], intoDir: string): Promise<string[]> {
    return this.#connection.far.setAside({ farDir, names, intoDir });
  }

  flush(farDir: string): Promise<FarFlush> {
    return this.#connection.far.flush(farDir);
  }

  nameHabits(farDir: string): Promise<NameHabits> {
    return this.#connection.far.nameHabits(farDir);
  }

  removeProbe(farDir: string, names: readonly string[]): Promise<void> {
    return this.#connection.far.removeProbe(farDir, names);
  }

  list(farDir: string): AsyncIterable<FarEntry> {
    return listFar(this.#connection, farDir);
  }

  async push(request: PushRequest): Promise<void> {
    try {
      await pushList(this.#connection, request);
    } catch (error) {
      if (!(error instanceof FarFolderAbsent)) throw error;
      // The push makes its folder itself: somebody takes it away under our hands.
      throw new TransportError("unknown", `${request.farDir} went away during the transfer`);
    }
  }

  async hash(request: FarHashRequest): Promise<FarHashOutcome> {
    const account = this.#account;
    if (hashesItself(account)) {
      return await hashFar(this.#connection.ssh, { account, request, calls: this.#calls });
    }
    return await readBack(this.#connection, request);
  }

  fetch(request: FetchRequest): Promise<void> {
    return fetchList(this.#connection, request);
  }

  deviceOfBase(): Promise<null> {
    return Promise.resolve(null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.ssh[Symbol.asyncDispose]();
  }
}
