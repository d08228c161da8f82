/** Progress that never goes back, told at most some ten times a second, and always at the end. */
import { atMostEvery } from "../../base/mod.ts";
import type { FileToSend, TransportProgress } from "../contract.ts";

const TELL_MS = 100;

export class SteadyProgress {
  readonly #tell: ((progress: TransportProgress) => void) | undefined;
  #thereBytes = 0;
  #streamedBytes = 0;
  #doneBytes = 0;
  #filesDone = 0;
  #currentPath: string | null = null;
  readonly #isTime = atMostEvery(TELL_MS);

  constructor(tell: ((progress: TransportProgress) => void) | undefined) {
    this.#tell = tell;
  }

  /** A file that needs no sending. */
  alreadyThere(file: FileToSend): void {
    this.#thereBytes += file.sizeBytes;
    this.#filesDone++;
    this.#tellSometimes();
  }

  /** Bytes that are through, of a file that may not be. */
  streamed(bytes: number, path: string): void {
    this.#streamedBytes += bytes;
    this.#currentPath = path;
    this.#tellSometimes();
  }

  fileDone(file: FileToSend): void {
    this.#doneBytes += file.sizeBytes;
    this.#filesDone++;
    this.#currentPath = file.path;
    this.#tellSometimes();
  }

  end(): void {
    this.#currentPath = null;
    this.#tellNow();
  }

  #tellSometimes(): void {
    if (this.#isTime()) this.#tellNow();
  }

  #tellNow(): void {
    // The threads tell of streamed bytes now and then, and of the rest of a file only with its end.
    const bytesDone = this.#thereBytes + Math.max(this.#streamedBytes, this.#doneBytes);
    this.#tell?.({ bytesDone, filesDone: this.#filesDone, currentPath: this.#currentPath });
  }
}
