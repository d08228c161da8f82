/** A fresh folder behind a `MountTransport`, for the contract and for the mount's own tests. */
import { type CopiedFile, type CopyItem, type CopyOptions, DiskPool } from "../../lib/disk/mod.ts";
import type { FileOutcome } from "../../lib/disk/mod.ts";
import { MountTransport } from "../../lib/transports/mount/mod.ts";
import type { Place } from "../contract/suite.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Keeps the pace each copy was given; everything else is the real pool. */
class WatchedPool extends DiskPool {
  readonly #onPace: (bytesPerSecond: number | null) => void;

  constructor(onPace: (bytesPerSecond: number | null) => void) {
    super({ threads: 2 });
    this.#onPace = onPace;
  }

  override copyFiles<Item extends CopyItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    options: CopyOptions,
  ): AsyncGenerator<FileOutcome<Item, CopiedFile>> {
    const rate = options.pace ? Number(new BigInt64Array(options.pace.shared)[0]) : 0;
    this.#onPace(rate === 0 ? null : rate);
    return super.copyFiles(items, options);
  }
}

export async function mountPlace(): Promise<Place> {
  return mountPlaceAt(await tempDir("labferry-mount-"));
}

/** The base is `nas/lab` below a folder, which is disposed with the place. */
export function mountPlaceAt(
  folder: AsyncDisposable & { join(...parts: string[]): string },
): Place {
  const basePath = folder.join("nas", "lab");
  let told: number | null = null;
  const makePool = () => new WatchedPool((rate) => void (told = rate));
  return {
    transport: new MountTransport({ path: basePath, makePool }),
    basePath,
    timeStepMs: 1,
    foldsCase: Deno.build.os === "windows",
    toldUploadMbps: () => told === null ? null : (told * 8) / 1_000_000,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
