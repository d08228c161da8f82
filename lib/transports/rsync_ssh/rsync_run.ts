/** Running the local rsync against the far one: the options both directions share. */
import { encodeUtf8 } from "../../base/mod.ts";
import type { ToolExit } from "../../process/mod.ts";
import type { FarLeg } from "./far_side.ts";
import type { RsyncKind } from "./rsync_version.ts";
import { type ChildOptions, exitError, type SshConnection } from "./ssh_connection.ts";

/** rsync gives up on a peer that is silent for so long; it sends signs of life of its own. */
const SILENCE_LIMIT_SECONDS = 120;

/** A person's own rsync habits must not change how arguments travel (rsync(1), ENVIRONMENT). */
const PLAIN_ENVIRONMENT = {
  RSYNC_OLD_ARGS: "0",
  RSYNC_PROTECT_ARGS: "0",
  // Lists print local times.
  TZ: "UTC",
} as const;

export interface RsyncRun {
  readonly doing: string;
  /** Where it runs; its local operand is `./`, so that no local path is ever parsed. */
  readonly localDir: string;
  readonly direction: "push" | "pull" | "list";
  readonly leg: FarLeg;
  readonly options: readonly string[];
  /** Names relative to both ends, byte for byte; null for no `--files-from`. */
  readonly names?: Iterable<string> | AsyncIterable<string>;
  readonly signal?: AbortSignal;
  readonly onStdoutLine?: NonNullable<ChildOptions["onStdoutLine"]>;
  readonly onStdoutChunk?: NonNullable<ChildOptions["onStdoutChunk"]>;
  readonly onStderrLine?: NonNullable<ChildOptions["onStderrLine"]>;
}

/** Runs rsync and returns its end, good or bad. */
export function runRsync(
  ssh: SshConnection,
  { doing, localDir, direction, leg, options, names, ...child }: RsyncRun,
): Promise<ToolExit> {
  const { host } = ssh.destination;
  const far = `${host.includes(":") ? `[${host}]` : host}:${leg.operand}`;
  const operands = { push: ["./", far], pull: [far, "./"], list: [far, "./"] }[direction];
  const words = (rsh: string) => [
    ssh.destination.rsync,
    ...options,
    ...leg.options,
    ...(names ? ["--files-from=-", "--from0"] : []),
    `--timeout=${SILENCE_LIMIT_SECONDS}`,
    "-e",
    rsh,
    "--",
    ...operands,
  ];
  const { signal, ...callbacks } = child;
  return ssh.runRsync(words, {
    ...callbacks,
    doing,
    cwd: localDir,
    env: PLAIN_ENVIRONMENT,
    ...(signal ? { signal } : {}),
    ...(names ? { stdin: () => nulSeparated(names) } : {}),
  });
}

/** Runs rsync to a good end. @throws TransportError, FarFolderAbsent */
export async function needRsync(ssh: SshConnection, run: RsyncRun): Promise<ToolExit> {
  const exit = await runRsync(ssh, run);
  if (exit.code === 0) return exit;
  throw exitError(ssh, exit, {
    doing: run.doing,
    ...(run.direction === "push" ? { sourceDir: run.localDir } : { pulling: true }),
  });
}

/** Output of a list, in its own quiet form. */
export function quietOptions(local: RsyncKind): string[] {
  // Sizes with thousands separators came with 3.1; older ones do not know how to be told.
  return local.hasInfo ? ["--no-human-readable"] : [];
}

const CHUNK_CHARACTERS = 64 * 1024;

/**
 * Names as `--from0` and `xargs -0` take them. The leading `./` keeps rsync from taking `#` or `;`
 * for a comment, and a tool from taking `-` for an option.
 */
export function nulSeparated(
  names: Iterable<string> | AsyncIterable<string>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = Symbol.asyncIterator in names
    ? names[Symbol.asyncIterator]()
    : names[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      let text = "";
      while (text.length < CHUNK_CHARACTERS) {
        const { done, value } = await iterator.next();
        if (done) {
          if (text !== "") controller.enqueue(encodeUtf8(text));
          controller.close();
          return;
        }
        text += `./${value}\0`;
      }
      controller.enqueue(encodeUtf8(text));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
