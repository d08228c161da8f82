/**
 * How a script gets to the far shell: over the session's one talk, or, where that is busy with a
 * long answer or was given up, as a command of its own.
 */
import { encodeUtf8 } from "../../base/mod.ts";
import { commandLine, type FarScript } from "./far_script.ts";
import type { FarTalk, TalkAnswer } from "./far_talk.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

/** As rsync's: a listing or a record keeps nobody waiting longer. */
export const ANSWER_LIMIT_MS = 120_000;
/** A large disk that writes what it holds back, a large folder that is removed. */
export const WORK_LIMIT_MS = 3_600_000;

export interface FarCall {
  /** For messages: "looking at". */
  readonly doing: string;
  /** What the script reads. */
  readonly input?: Uint8Array;
  /** Longest silence. @default WORK_LIMIT_MS */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export class FarCalls {
  readonly #ssh: SshConnection;
  #talk: FarTalk | null;

  constructor(ssh: SshConnection, talk: FarTalk | null) {
    this.#ssh = ssh;
    this.#talk = talk;
    ssh.onRefused = () => this.#giveUp();
  }

  /** The talk, where it may be asked now. */
  get talk(): FarTalk | null {
    return this.#talk?.isFree ? this.#talk : null;
  }

  /** Runs a script to a good end and returns what it printed. @throws TransportError, FarFolderAbsent */
  async need(script: FarScript, call: FarCall): Promise<Uint8Array> {
    const { doing, signal, input } = call;
    const { talk } = this;
    this.#ssh.throwIfLost();
    if (talk !== null) {
      signal?.throwIfAborted();
      const { silenceMs = WORK_LIMIT_MS } = call;
      const answer = await talk.ask({ doing, script, input, silenceMs, signal });
      return this.checked(answer, { doing });
    }
    const exit = await this.#ssh.run(commandLine(script), {
      doing,
      stdout: "bytes",
      ...(signal ? { signal } : {}),
      ...(input ? { stdin: () => ReadableStream.from([input.slice()]) } : {}),
    });
    if (exit.code !== 0) throw exitError(this.#ssh, exit, { doing });
    return exit.stdoutBytes;
  }

  /** What an answer printed. @throws TransportError, FarFolderAbsent for a bad one */
  checked(
    { code, said, printed }: TalkAnswer,
    details: { readonly doing: string; readonly pulling?: boolean },
  ): Uint8Array {
    if (said !== "") this.#ssh.logLines(said);
    if (code === 0) return printed;
    throw exitError(this.#ssh, { code, signal: null, stderrTail: said }, details);
  }

  /**
   * A server that lets fewer sessions share a connection than are wanted: the talk makes room, and
   * everything goes as commands of its own from then on. False when it cannot.
   */
  async #giveUp(): Promise<boolean> {
    const talk = this.#talk;
    if (talk === null || !talk.isIdle) return false;
    this.#talk = null;
    await talk.close();
    return true;
  }
}

/** Names as `xargs -0` takes them, each behind `./`. */
export function nulNames(names: readonly string[]): Uint8Array {
  return encodeUtf8(names.map((name) => `./${name}\0`).join(""));
}
