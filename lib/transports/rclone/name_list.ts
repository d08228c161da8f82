/**
 * The list of names for `--files-from-raw`. rclone reads it by lines and takes one CR off each end
 * (Go's line scanner), so lines end with CR LF and a name may end with a CR of its own. A newline
 * is the one character that cannot be written.
 */
import { encodeUtf8 } from "../../base/mod.ts";
import { TransportError } from "../failure.ts";
import { requireBelow } from "../tool/far_path.ts";

/** Why a path cannot be carried; null when it can. */
export function refusalOfName(path: string): string | null {
  return path.includes("\n") ? "rclone's list of files cannot hold a name with a newline" : null;
}

/** @throws {TransportError} `name_not_carried` */
export function requireCarried(path: string): void {
  const refusal = refusalOfName(path);
  if (refusal === null) return;
  throw new TransportError("name_not_carried", `${JSON.stringify(path)} cannot be sent`, {
    why: refusal,
    hint: "Rename the file, or use the transport rsync_ssh or mount.",
    path,
  });
}

const FLUSH_CHARACTERS = 256 * 1024;

/** Writes a list piece by piece: it may name a million files. */
export class NameListWriter implements AsyncDisposable {
  readonly #file: Deno.FsFile;
  #pending = "";

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  static async create(path: string): Promise<NameListWriter> {
    return new NameListWriter(
      await Deno.open(path, { write: true, createNew: true, mode: 0o600 }),
    );
  }

  async add(name: string): Promise<void> {
    requireCarried(name);
    requireBelow(name);
    this.#pending += `${name}\r\n`;
    if (this.#pending.length >= FLUSH_CHARACTERS) await this.#flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#flush();
    } finally {
      this.#file.close();
    }
  }

  async #flush(): Promise<void> {
    let bytes: Uint8Array = encodeUtf8(this.#pending);
    this.#pending = "";
    while (bytes.length > 0) bytes = bytes.subarray(await this.#file.write(bytes));
  }
}

/** Writes a whole list. */
export async function writeNameList(
  path: string,
  names: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  await using list = await NameListWriter.create(path);
  for await (const name of names) await list.add(name);
}

/** True for a list without a single name. */
export async function isNone(names: Iterable<string> | AsyncIterable<string>): Promise<boolean> {
  for await (const _ of names) return false;
  return true;
}
