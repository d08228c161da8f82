/** Progress that never goes back, reported at most ten times a second, and always at the end. */
import { atMostEvery } from "../../base/mod.ts";
import type { FileToSend, TransportProgress } from "../contract.ts";

const REPORT_MS = 100;

export class FileProgress {
  readonly #onProgress: ((progress: TransportProgress) => void) | undefined;
  #thereBytes = 0;
  #streamedBytes = 0;
  #doneBytes = 0;
  #filesDone = 0;
  #currentPath: string | null = null;
  readonly #isTime = atMostEvery(REPORT_MS);

  constructor(onProgress: ((progress: TransportProgress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  /** A file that needs no sending. */
  alreadyThere(file: FileToSend): void {
    this.#thereBytes += file.sizeBytes;
    this.#filesDone++;
    this.#reportSometimes();
  }

  /** Bytes that are through, of a file that may not be. */
  streamed(bytes: number, path: string): void {
    this.#streamedBytes += bytes;
    this.#currentPath = path;
    this.#reportSometimes();
  }

  fileDone(file: FileToSend): void {
    this.#doneBytes += file.sizeBytes;
    this.#filesDone++;
    this.#currentPath = file.path;
    this.#reportSometimes();
  }

  end(): void {
    this.#currentPath = null;
    this.#reportNow();
  }

  #reportSometimes(): void {
    if (this.#isTime()) this.#reportNow();
  }

  #reportNow(): void {
    // The threads report streamed bytes now and then, and the rest of a file only with its end.
    const bytesDone = this.#thereBytes + Math.max(this.#streamedBytes, this.#doneBytes);
    this.#onProgress?.({ bytesDone, filesDone: this.#filesDone, currentPath: this.#currentPath });
  }
}
