/**
 * Hashing on the far machine: batches of the list, as many at once as it has cores, each one ssh
 * channel that is fed names and answers with hashes in their order.
 */
import { inBatches, inOrder } from "../../disk/mod.ts";
import type { FarHashOutcome, FarHashRequest, FileToSend } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { FarFolderAbsent } from "./failure.ts";
import { BOOT_ID, type FarShell } from "./far_account.ts";
import { type FarCalls, nulNames, WORK_LIMIT_MS } from "./far_calls.ts";
import type { FarTalk } from "./far_talk.ts";
import { commandLine } from "./far_script.ts";
import { farForNames, farSync } from "./far_scripts.ts";
import { hashAll, hashEach, readBlocks, type Verdict, verdictOf } from "./hash_scripts.ts";
import { type FarHashTool, toolFor } from "./hash_tools.ts";
import { nulSeparated } from "./rsync_run.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

/** A fifth of a second's work for one core, or what a small command line or two can hold. */
const BATCH = { maxItems: 4_096, maxBytes: 256 * 1024 * 1024 } as const;
/** sshd lets ten sessions share a connection (`MaxSessions`). */
const MAX_CHANNELS = 6;
/** A tool would print such a name over two lines, or escaped. */
const ODD_NAME = /[\n\r\\]/;

/** A batch so small is hashed over the talk: a channel of its own costs more than the work. */
const FEW = { names: 200, bytes: 8 * 1024 * 1024 } as const;

const ALONE = "each command to the far machine made a connection of its own";
const MAY_BE_CACHED = "the far machine may have read from its cache";

interface HashSetting {
  readonly account: FarShell;
  readonly request: FarHashRequest;
  readonly calls: FarCalls;
}

export async function hashFar(
  ssh: SshConnection,
  { account, request, calls }: HashSetting,
): Promise<FarHashOutcome> {
  const job = new FarHashJob(ssh, { account, request, calls });
  const batches = inBatches(request.files, { ...BATCH, sizeOf: (file) => file.sizeBytes });
  const channels = Math.min(account.cores, MAX_CHANNELS);
  // One batch more than channels, so that none is idle while the oldest is waited for.
  const order = { ahead: channels + 1, signal: request.signal };
  const hash = async (batch: FileToSend[], signal: AbortSignal) => ({
    batch,
    verdicts: await job.hash(batch, signal),
  });
  request.signal.throwIfAborted();
  await job.prepare();
  let bytesDone = 0;
  let filesDone = 0;
  for await (const { batch, verdicts } of inOrder(batches, hash, order)) {
    for (const [index, file] of batch.entries()) {
      request.onHash(
        file.path,
        hashOrThrow(file.path, {
          verdict: verdicts[index]!,
          ssh,
        }),
      );
      bytesDone += file.sizeBytes;
    }
    filesDone += batch.length;
    request.onProgress?.({ bytesDone, filesDone, currentPath: batch.at(-1)?.path ?? null });
  }
  const isFresh = request.dropCache && account.dropsCache;
  const notes = isFresh ? [] : [MAY_BE_CACHED];
  if (!ssh.isShared) {
    notes.push(
      await sameMachineAsBefore(ssh, {
        bootId: account.bootId,
        signal: request.signal,
      }),
    );
  }
  return { strength: "remote_computed", notes, isFromThere: true };
}

/**
 * Many connections are one pass only while the machine behind them was not started anew: what it had
 * not written to its disk when it was first asked may be gone.
 *
 * @returns a note for the receipt
 * @throws TransportError `unreachable`
 */
async function sameMachineAsBefore(
  ssh: SshConnection,
  { bootId, signal }: Pick<FarShell, "bootId"> & Pick<FarHashRequest, "signal">,
): Promise<string> {
  const doing = "hashing at";
  const exit = await ssh.run(commandLine({ text: BOOT_ID, args: [] }), { doing, signal });
  // A start-up file may print before it.
  const now = exit.stdout.trimEnd().split("\n").at(-1) || null;
  if (bootId === null || now === null) return `${ALONE}; whether it was restarted cannot be seen`;
  if (now === bootId) return ALONE;
  throw new TransportError("unreachable", `${ssh.destination.address} was restarted`, {
    why: "it was started anew while its files were being hashed",
    hint: "The pass is made again.",
  });
}

function hashOrThrow(
  path: string,
  { verdict, ssh }: { readonly verdict: Verdict; readonly ssh: SshConnection },
): string | null {
  if (verdict.kind === "hash") return verdict.sha256;
  if (verdict.kind === "missing") return null;
  throw new TransportError(
    "unknown",
    `${path} cannot be read at ${ssh.destination.address}`,
    {
      why: "the far machine refused or failed to read it",
      hint: "Look at its permissions and at that machine's disk.",
      path,
    },
  );
}

interface Known {
  readonly verdicts: Map<string, Verdict>;
  readonly tool: FarHashTool;
  /** The talk, for a small batch while it is free. */
  readonly talk: FarTalk | null;
  readonly signal: AbortSignal;
}

class FarHashJob {
  readonly #ssh: SshConnection;
  readonly #account: FarShell;
  readonly #request: FarHashRequest;
  readonly #dropCache: boolean;
  readonly #calls: FarCalls;

  constructor(
    ssh: SshConnection,
    { account, request, calls }: HashSetting,
  ) {
    this.#ssh = ssh;
    this.#calls = calls;
    this.#account = account;
    this.#request = request;
    this.#dropCache = request.dropCache && account.dropsCache;
  }

  /** Pages that are not written to disk yet cannot be dropped from the cache. */
  async prepare(): Promise<void> {
    if (!this.#dropCache) return;
    const { signal } = this.#request;
    const doing = "flushing the disk at";
    const command = farSync(this.#ssh.destination.base, this.#request.farDir);
    await this.#calls.need(command, { doing, signal });
  }

  /** A verdict for each file, in their order. */
  async hash(files: readonly FileToSend[], signal: AbortSignal): Promise<Verdict[]> {
    const names = files.map((file) => file.path);
    const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const tool = toolFor(this.#account.hashTools, bytes / files.length)!;
    const isSmall = names.length <= FEW.names && bytes <= FEW.bytes;
    const talk = isSmall ? this.#calls.talk : null;
    try {
      return await this.#hashWith(names, { tool, talk, signal });
    } catch (error) {
      if (error instanceof FarFolderAbsent) return names.map(() => ({ kind: "missing" }));
      throw error;
    }
  }

  async #hashWith(
    names: readonly string[],
    how: Omit<Known, "verdicts">,
  ): Promise<Verdict[]> {
    const known: Known = { ...how, verdicts: new Map() };
    const plain = names.filter((name) => !ODD_NAME.test(name));
    let open = await this.#all(plain, known);
    // The first answer showed which are there; now those alone, and their positions fit.
    if (open.length > 0) open = await this.#all(open, known);
    await this.#each([...open, ...names.filter((name) => ODD_NAME.test(name))], known);
    return names.map((name) => known.verdicts.get(name)!);
  }

  /** Hashes many at a time; returns those about which nothing is known yet. */
  async #all(names: readonly string[], known: Known): Promise<string[]> {
    if (names.length === 0) return [];
    const { verdicts, tool } = known;
    const output = await this.#feed(names, { ...known, inner: hashAll(tool, this.#dropCache) });
    const found = readBlocks(output, names.length);
    if (found === null) return [...names];
    return names.filter((name, index) => {
      const verdict = found[index];
      if (verdict) verdicts.set(name, verdict);
      return !verdict;
    });
  }

  /** Hashes one at a time. @throws TransportError when even that gives no clear answer */
  async #each(names: readonly string[], known: Known): Promise<void> {
    if (names.length === 0) return;
    const { verdicts, tool } = known;
    const output = await this.#feed(names, { ...known, inner: hashEach(tool, this.#dropCache) });
    const found = output.split("\n").slice(0, -1).map(verdictOf);
    if (found.length !== names.length || found.includes(null)) {
      throw new TransportError(
        "unknown",
        `hashing at ${this.#ssh.destination.address} failed`,
        {
          why: `${found.length} answers for ${names.length} files`,
          toolTail: output.slice(-2_000),
        },
      );
    }
    for (const [index, name] of names.entries()) verdicts.set(name, found[index]!);
  }

  async #feed(
    names: readonly string[],
    { inner, talk, signal }: Pick<Known, "talk" | "signal"> & { readonly inner: string },
  ): Promise<string> {
    const { base } = this.#ssh.destination;
    const doing = "hashing at";
    const command = farForNames(base, { farDir: this.#request.farDir, inner });
    if (talk !== null) {
      const input = nulNames(names);
      const silenceMs = WORK_LIMIT_MS;
      const answer = await talk.ask({ doing, script: command, input, silenceMs, signal });
      const code = answer.code === 123 ? 0 : answer.code;
      return new TextDecoder().decode(this.#calls.checked({ ...answer, code }, { doing }));
    }
    const exit = await this.#ssh.run(commandLine(command), {
      doing,
      stdin: () => nulSeparated(names),
      signal,
    });
    // xargs says 123 when a tool failed on a file: what it printed shows on which.
    if (exit.code !== 0 && exit.code !== 123) throw exitError(this.#ssh, exit, { doing });
    return exit.stdout;
  }
}
