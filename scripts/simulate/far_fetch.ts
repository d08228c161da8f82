/** Bringing files of the NAS in memory into a folder of this computer. */
import { dirname } from "node:path";
import type { FetchRequest } from "../../lib/transports/mod.ts";
import { stillToFetch } from "../../lib/transports/fetch_folder.ts";
import { partName } from "./far_disk.ts";

const PIECE_BYTES = 1_000_000;

export interface FarFetchOptions {
  readonly request: FetchRequest;
  /** The request's and the session's. */
  readonly signal: AbortSignal;
  /** Of a file below the request's folder; null where there is none. */
  readonly bytesOf: (path: string) => Uint8Array | null;
}

export class FarFetch {
  readonly #options: FarFetchOptions;
  #bytesDone = 0;
  #filesDone = 0;

  constructor(options: FarFetchOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { request, signal, bytesOf } = this.#options;
    const onHere = ({ sizeBytes }: { readonly sizeBytes: number }) => this.#done(sizeBytes);
    for await (const file of stillToFetch({ ...request, signal, onHere })) {
      signal.throwIfAborted();
      const bytes = bytesOf(file.path);
      if (bytes === null) continue;
      await this.#write(`${request.intoDir}/${file.path}`, bytes);
      this.#done(bytes.length);
    }
    this.#tell(null);
  }

  /** Under its name only when it is whole; a name that somebody takes meanwhile is theirs. */
  async #write(path: string, bytes: Uint8Array): Promise<void> {
    await Deno.mkdir(dirname(path), { recursive: true });
    const part = `${dirname(path)}/${partName()}`;
    try {
      using file = await Deno.open(part, { write: true, createNew: true });
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        this.#options.signal.throwIfAborted();
        await file.write(bytes.subarray(at, at + PIECE_BYTES));
        if (bytes.length <= PIECE_BYTES) break;
        this.#tell(path, at + PIECE_BYTES);
        await new Promise((go) => setTimeout(go, 0));
      }
      this.#options.signal.throwIfAborted();
      await Deno.link(part, path);
    } finally {
      await Deno.remove(part);
    }
  }

  #done(bytes: number): void {
    this.#bytesDone += bytes;
    this.#filesDone++;
    this.#tell(null);
  }

  #tell(currentPath: string | null, moreBytes = 0): void {
    const { request: { onProgress } } = this.#options;
    const bytesDone = this.#bytesDone + moreBytes;
    onProgress?.({ bytesDone, filesDone: this.#filesDone, currentPath });
  }
}
