/** Adding a line to a log that several programs may write. */
import { encodeUtf8 } from "../base/mod.ts";
import { diskError, diskFailure } from "./disk_failure.ts";
import { isStillNamed, refuseUnlessPlain } from "./plain_file.ts";
import { sharedBytes } from "./share_door.ts";
import { shareOf, unlessSilent } from "./small_calls.ts";

export interface AppendOptions {
  /** Longest line in bytes, its newline included; longer ones are refused, never cut. */
  readonly maxBytes?: number;
  /** Return only when the line is on disk; @default false */
  readonly durable?: boolean;
  /** Permission bits of a new file, less the umask; @default 0o644 */
  readonly mode?: number;
}

const MAX_REOPENINGS = 8;

/**
 * Appends `line` and a newline in one O_APPEND write, so that lines of several writers do not mix.
 * The file is made when it is missing. A disk that fills up can leave part of a line: whoever needs
 * whole lines calls `splitTornTail` under its lock.
 *
 * @throws RangeError when the line holds a newline or is longer than `maxBytes`; LabferryError
 * `link_refused`, `not_a_file` when something else than a plain file is there.
 */
export async function appendLine(
  path: string,
  line: string,
  asked: AppendOptions = {},
): Promise<void> {
  const { maxBytes = Infinity, durable = false, mode = 0o644 } = asked;
  if (/[\n\r]/.test(line)) throw new RangeError("a line to append may not hold a line break");
  const bytes = encodeUtf8(`${line}\n`);
  if (bytes.length > maxBytes) {
    throw new RangeError(`a line of ${bytes.length} bytes exceeds the limit of ${maxBytes}`);
  }
  const share = await shareOf(path);
  if (share === null) return await appendLineAtOnce({ path, bytes }, { durable, mode });
  const options = { durable, mode };
  const work = { kind: "append", path, bytes: sharedBytes(bytes), options } as const;
  await unlessSilent({ path }, () => share.run(work));
}

/** As `appendLine`, of the line's bytes, for a path that is on no share. */
export async function appendLineAtOnce(
  { path, bytes }: { readonly path: string; readonly bytes: Uint8Array },
  { durable, mode }: Required<Pick<AppendOptions, "durable" | "mode">>,
): Promise<void> {
  try {
    using file = await openPlain(path, mode);
    const written = await file.write(bytes);
    if (written < bytes.length) {
      throw diskError("disk_full", `a line was only partly written to ${path}`, { path });
    }
    if (durable) await file.sync();
  } catch (error) {
    throw diskFailure(error, `a line could not be added to ${path}`, path);
  }
}

/** Logs lie where others can write too, and are rotated by others: opened again when replaced. */
async function openPlain(path: string, mode: number): Promise<Deno.FsFile> {
  for (let i = 0; i < MAX_REOPENINGS; i++) {
    refuseUnlessPlain(path);
    const file = await Deno.open(path, { append: true, create: true, mode });
    if (isStillNamed(path, file)) return file;
    file.close();
  }
  throw diskError("io_failed", `${path} is replaced again and again`, { path });
}
