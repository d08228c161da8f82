/**
 * One connection to one machine: a master ssh that everything else of the session rides on, which
 * takes a command's set-up from 0.35 to 0.11 s. When it is lost the session is: nothing opens
 * another. Where ssh cannot share one (Windows, no place for a socket, a server that allows one
 * session a connection) each command makes a connection of its own, and `isShared` says so.
 */
import { lstatOrNull } from "../../disk/mod.ts";
import { runTool, type ToolExit, type ToolOutcome, type ToolRun } from "../../process/mod.ts";
import { type ConnectOptions } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { failureOf, type FarFolderAbsent } from "./failure.ts";
import type { SshDestination } from "./destination.ts";
import { refuseMissingKey } from "./key_file.ts";
import { quoteForRsh } from "./quote.ts";
import { socketFolders, socketIn } from "./socket_folder.ts";
import { sshWords } from "./ssh_command.ts";

/** ssh limits the connecting and asks for signs of life itself; this is for an ssh that hangs. */
const OPEN_LIMIT_MS = 60_000;
const READY = "labferry-ready";
/** A session's children end within moments; the socket's owner is not waited for longer. */
const GRACE_MS = 2_000;

/** What ssh says when a server allows fewer sessions on one connection than we want (MaxSessions). */
const REFUSED = /Session open refused by peer/;
/** ssh could not make, or not use, the master's socket; the connection itself may be fine. */
const NO_SOCKET = /unix_listener|ControlPath|ControlSocket|cannot bind to path/i;

export type ChildOptions = Omit<ToolRun, "command" | "args" | "token" | "graceMs" | "stdin"> & {
  /** For messages: "sending to". */
  readonly doing: string;
  /** Made anew for each try. */
  readonly stdin?: () => ReadableStream<Uint8Array>;
};

export class SshConnection implements AsyncDisposable {
  readonly destination: SshDestination;
  readonly #options: ConnectOptions;
  readonly #closing = new AbortController();
  readonly #children = new Set<Promise<unknown>>();
  #socketFolder: string | null = null;
  #master: Promise<ToolOutcome> | null = null;
  #isShared = false;
  /** What an account without a shell said when it was asked for one; null for one that has one. */
  accountSaid: string | null = null;
  #lost: TransportError | null = null;
  /** Asked when the server lets no more share: true when there is room again. */
  onRefused: () => Promise<boolean> = () => Promise.resolve(false);

  private constructor(destination: SshDestination, options: ConnectOptions) {
    this.destination = destination;
    this.#options = options;
  }

  /** @throws TransportError `auth`, `host_key`, `name_resolution`, `unreachable`, `missing_tool` */
  static async open(destination: SshDestination, options: ConnectOptions): Promise<SshConnection> {
    await refuseMissingKey(destination);
    const connection = new SshConnection(destination, options);
    try {
      if (Deno.build.os !== "windows") await connection.#share();
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** False: each command makes a connection of its own, and may meet a machine that was restarted. */
  get isShared(): boolean {
    return this.#isShared;
  }

  get scratchDir(): string {
    return this.#options.scratchDir;
  }

  /** Runs a command line in the account's shell on the far machine; any exit code is returned. */
  run(commandLine: string, child: ChildOptions): Promise<ToolExit> {
    return this.withSsh((ssh) => [...ssh, "--", this.destination.host, commandLine], child);
  }

  /** Runs rsync, given the value of its `-e`. */
  runRsync(words: (rsh: string) => readonly string[], child: ChildOptions): Promise<ToolExit> {
    return this.withSsh((ssh) => words(quoteForRsh(ssh)), child);
  }

  /** Runs what uses the connection: once, or once more alone where the server lets nobody share. */
  async withSsh(
    words: (ssh: readonly string[]) => readonly string[],
    child: ChildOptions,
  ): Promise<ToolExit> {
    this.throwIfLost();
    const shared = this.#isShared;
    const isRefused = ({ code, stderrTail }: ToolExit) =>
      shared && code !== 0 && REFUSED.test(stderrTail);
    const exit = await this.start(words(this.#ssh()), child);
    if (!isRefused(exit)) return exit;
    // Refused before it began: nothing was read, written or printed.
    if (this.#isShared && await this.onRefused()) {
      const again = await this.start(words(this.#ssh()), child);
      if (!isRefused(again)) return again;
    }
    this.#isShared = false;
    return await this.start(words(this.#ssh()), child);
  }

  /** The session is over: a part of it that has to last did not. */
  lose(error: TransportError): void {
    this.#lost ??= error;
  }

  /** @throws TransportError `unreachable` */
  throwIfLost(): void {
    if (this.#lost) throw this.#lost;
  }

  /** For the log: what a far tool said. */
  logLines(text: string): void {
    for (const line of text.split(/[\r\n]+/)) if (line !== "") this.#options.onToolLine?.(line);
  }

  /**
   * Runs a local program as part of this session, and throws unless it ran to an end of its own.
   *
   * @throws the signal's reason; `AbortError` when the session is closed; TransportError
   */
  async start(
    words: readonly string[],
    { doing, stdin, ...child }: ChildOptions,
  ): Promise<ToolExit> {
    const [command, ...args] = words;
    const signals = [this.#closing.signal, this.#options.signal, child.signal];
    const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
    const running = runTool({
      ...child,
      ...(stdin ? { stdin: stdin() } : {}),
      command: command!,
      args,
      signal,
      token: this.#options.token,
      graceMs: GRACE_MS,
      // SHELL: ssh runs LocalCommand and ProxyCommand in it, and a service's may be nologin.
      env: {
        LC_ALL: "C",
        ...(Deno.build.os === "windows" ? {} : { SHELL: "/bin/sh" }),
        ...child.env,
      },
      onStderrLine: (line) => {
        this.#options.onToolLine?.(line);
        child.onStderrLine?.(line);
      },
    });
    this.#children.add(running);
    try {
      const outcome = await running;
      signal.throwIfAborted();
      return this.#exited(outcome, doing);
    } finally {
      this.#children.delete(running);
    }
  }

  #exited(outcome: ToolOutcome, doing: string): ToolExit {
    if (outcome.kind === "exited") return outcome;
    const { address } = this.destination;
    if (outcome.kind === "not_found") {
      throw new TransportError("missing_tool", `${outcome.command} is not on this computer`, {
        why: `${doing} ${address} needs it`,
        hint: `Install ${outcome.command} here.`,
      });
    }
    throw new TransportError("unreachable", `${doing} ${address} took too long`, {
      toolTail: outcome.stderrTail,
    });
  }

  #ssh(): string[] {
    const controlPath = this.#isShared ? socketIn(this.#socketFolder!) : null;
    return sshWords(this.destination, { controlPath });
  }

  /** Opens the master, wherever its socket has a place; nowhere is no failure. */
  async #share(): Promise<void> {
    for await (const folder of socketFolders(this.scratchDir)) {
      this.#socketFolder = folder;
      this.#isShared = await this.#openMaster(folder);
      if (this.#isShared) return;
      await removeFolder(folder);
      this.#socketFolder = null;
    }
    this.#options.onToolLine?.("no place for ssh's socket: each command connects by itself");
  }

  /** False when there could be no socket. @throws TransportError when there is no connection */
  async #openMaster(folder: string): Promise<boolean> {
    const words = sshWords(this.destination, { controlPath: socketIn(folder), master: true });
    const ready = Promise.withResolvers<"ready">();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), OPEN_LIMIT_MS);
    const master = runTool({
      command: words[0]!,
      // Once it is in, ssh says so through a local command: a fixed text, seen by /bin/sh.
      args: [
        ...words.slice(1),
        "-o",
        `LocalCommand=echo ${READY}`,
        "-N",
        "--",
        this.destination.host,
      ],
      env: { LC_ALL: "C", SHELL: "/bin/sh" },
      token: this.#options.token,
      graceMs: GRACE_MS,
      signal: AbortSignal.any([this.#closing.signal, this.#options.signal, late.signal]),
      onStdoutLine: (line) => line === READY && ready.resolve("ready"),
      onStderrLine: (line) => this.#options.onToolLine?.(line),
    });
    this.#master = master;
    try {
      const first = await Promise.race([ready.promise, master]);
      if (first === "ready") {
        if (await lstatOrNull(socketIn(folder)) === null) {
          late.abort();
          await master;
          return false;
        }
        master.then((outcome) => this.#onMasterEnd(outcome), () => this.#onMasterEnd(null));
        return true;
      }
      this.#options.signal.throwIfAborted();
      const { code, stderrTail } = this.#exited(first, "connecting to");
      if (NO_SOCKET.test(stderrTail)) return false;
      const { address } = this.destination;
      throw failureOf({ address, code, stderr: stderrTail, doing: "connecting to" });
    } finally {
      clearTimeout(timer);
    }
  }

  /** What was seen over there belongs to this connection: without it the session is over. */
  #onMasterEnd(outcome: ToolOutcome | null): void {
    if (this.#closing.signal.aborted || !this.#isShared) return;
    const { address } = this.destination;
    this.#lost ??= new TransportError("unreachable", `the connection to ${address} was lost`, {
      why: "it ended under way, and what was seen over it may no longer be so",
      hint: "Look whether that machine and the network are up; labferry connects anew by itself.",
      ...(outcome?.kind === "exited" ? { toolTail: outcome.stderrTail } : {}),
    });
  }

  /** Ends every child, the master last, and waits for them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new DOMException("the connection was closed", "AbortError"));
    await Promise.allSettled([...this.#children]);
    await Promise.allSettled([this.#master]);
    if (this.#socketFolder) await removeFolder(this.#socketFolder);
  }
}

async function removeFolder(path: string): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      // Gone already, or ssh removed its socket while we were at it: then the folder is still there.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** The error that a tool's bad end amounts to. */
export function exitError(
  ssh: SshConnection,
  exit: Pick<ToolExit, "code" | "signal" | "stderrTail">,
  details: { doing: string; sourceDir?: string; pulling?: boolean; farDir?: string },
): TransportError | FarFolderAbsent {
  const code = exit.signal === null ? exit.code : null;
  const { destination: { address }, accountSaid } = ssh;
  return failureOf({ address, code, stderr: exit.stderrTail, accountSaid, ...details });
}
