/**
 * One connection to one machine: a master ssh that everything else of the session rides on, which
 * takes a command's set-up from 0.35 to 0.11 s. Where ssh cannot share (Windows) each command makes
 * a connection of its own.
 */
import { join } from "node:path";
import { runTool, type ToolExit, type ToolOutcome, type ToolRun } from "../../process/mod.ts";
import { type ConnectOptions } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { failureOf, type FarFolderAbsent } from "./classify.ts";
import type { SshDestination } from "./destination.ts";
import { quoteForRsh } from "./quote.ts";
import { sshWords } from "./ssh_command.ts";

/** The socket's whole path may have 104 (macOS) to 108 bytes: the folder must be a short one. */
const SOCKET_FOLDER = "/tmp";
/** ssh limits the connecting and asks for signs of life itself; this is for an ssh that hangs. */
const OPEN_LIMIT_MS = 60_000;
const READY = "labferry-ready";
/** A session's children end within moments; the socket's owner is not waited for longer. */
const GRACE_MS = 2_000;

export type ChildOptions = Omit<ToolRun, "command" | "args" | "token" | "graceMs"> & {
  /** For messages: "sending to". */
  readonly doing: string;
};

export class SshConnection implements AsyncDisposable {
  readonly destination: SshDestination;
  readonly #options: ConnectOptions;
  readonly #closing = new AbortController();
  readonly #children = new Set<Promise<unknown>>();
  readonly #socketFolder: string | null;
  #master: Promise<ToolOutcome> | null = null;

  private constructor(
    destination: SshDestination,
    options: ConnectOptions,
    socketFolder: string | null,
  ) {
    this.destination = destination;
    this.#options = options;
    this.#socketFolder = socketFolder;
  }

  /** @throws TransportError `auth`, `host_key`, `name_resolution`, `unreachable`, `missing_tool` */
  static async open(destination: SshDestination, options: ConnectOptions): Promise<SshConnection> {
    const shares = Deno.build.os !== "windows";
    const folder = shares ? await Deno.makeTempDir({ dir: SOCKET_FOLDER, prefix: "lf-" }) : null;
    const connection = new SshConnection(destination, options, folder);
    try {
      if (folder) await connection.#openMaster();
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  get scratchDir(): string {
    return this.#options.scratchDir;
  }

  /** Value of `rsync -e`. */
  get rsh(): string {
    return quoteForRsh(sshWords(this.destination, { controlPath: this.#socket }));
  }

  /** Runs a command line in the account's shell on the far machine; any exit code is returned. */
  run(commandLine: string, child: ChildOptions): Promise<ToolExit> {
    const words = sshWords(this.destination, { controlPath: this.#socket });
    return this.start([...words, "--", this.destination.host, commandLine], child);
  }

  /**
   * Runs a local program as part of this session, and throws unless it ran to an end of its own.
   *
   * @throws the signal's reason; `AbortError` when the session is closed; TransportError
   */
  async start(words: readonly string[], { doing, ...child }: ChildOptions): Promise<ToolExit> {
    const [command, ...args] = words;
    const signals = [this.#closing.signal, this.#options.signal, child.signal];
    const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
    const running = runTool({
      ...child,
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

  async #openMaster(): Promise<void> {
    const words = sshWords(this.destination, { controlPath: this.#socket, master: true });
    const ready = Promise.withResolvers<"ready">();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), OPEN_LIMIT_MS);
    this.#master = runTool({
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
    try {
      const first = await Promise.race([ready.promise, this.#master]);
      if (first === "ready") return;
      this.#options.signal.throwIfAborted();
      const { code, stderrTail } = this.#exited(first, "connecting to");
      const { address } = this.destination;
      throw failureOf({ address, code, stderr: stderrTail, doing: "connecting to" });
    } finally {
      clearTimeout(timer);
    }
  }

  get #socket(): string | null {
    return this.#socketFolder && join(this.#socketFolder, "s");
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
  connection: SshConnection,
  exit: ToolExit,
  details: { doing: string; sourceDir?: string; pulling?: boolean },
): TransportError | FarFolderAbsent {
  const code = exit.signal === null ? exit.code : null;
  const { address } = connection.destination;
  return failureOf({ address, code, stderr: exit.stderrTail, ...details });
}
