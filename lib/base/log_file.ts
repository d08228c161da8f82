/**
 * The log's file: appended line by line, set aside by size. No sync: a log may lose its last lines
 * to a power cut, never to a crash of the process. (The one place beside `disk` that renames: the
 * log stands below every room, and needs none of `disk`'s promises.)
 */
import { encodeUtf8 } from "./bytes.ts";
import { messageOf } from "./errors.ts";

export interface LogFileOptions {
  /** Size in bytes above which a new file is begun. */
  readonly maxBytes: number;
  /** Old files that are kept: `<path>.1` (the newest) to `<path>.<keep>`. */
  readonly keep: number;
}

export class LogFile implements Disposable {
  readonly #path: string;
  readonly #options: LogFileOptions;
  #file: Deno.FsFile | null;
  #sizeBytes: number;
  /** The size at which setting aside is tried (again). */
  #turnAtBytes: number;
  #lostLines = 0;

  constructor(path: string, options: LogFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#turnAtBytes = options.maxBytes;
    this.#file = open(path);
    this.#sizeBytes = this.#file.statSync().size;
  }

  /**
   * Appends one line, which ends with a newline. A disk that is full or gone must not stop the
   * work that is being logged: such lines are counted, told to stderr at the first, and their
   * number is written as soon as a line can be written again.
   */
  write(line: string): void {
    try {
      const bytes = encodeUtf8(line);
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#turnAtBytes) this.#turn();
      if (this.#lostLines > 0) {
        this.#append(
          encodeUtf8(`${time()} [WARN ] log: ${this.#lostLines} lines were lost here\n`),
        );
        this.#lostLines = 0;
      }
      this.#append(bytes);
    } catch (error) {
      this.#lostLines++;
      if (this.#lostLines === 1) {
        console.error(`labferry: the log ${this.#path} cannot be written: ${messageOf(error)}`);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = null;
  }

  #append(bytes: Uint8Array): void {
    this.#file ??= open(this.#path);
    let rest = bytes;
    while (rest.length > 0) {
      const count = this.#file.writeSync(rest);
      this.#sizeBytes += count;
      rest = rest.subarray(count);
    }
  }

  /** Sets the full file aside and begins a new one. */
  #turn(): void {
    const wasTurnedByAnother = this.#isAnotherFile();
    // Windows renames no open file.
    this.#file?.close();
    this.#file = null;
    const problem = wasTurnedByAnother ? null : setAside(this.#path, this.#options.keep);
    this.#file = open(this.#path);
    this.#sizeBytes = this.#file.statSync().size;
    this.#turnAtBytes = this.#options.maxBytes;
    if (problem !== null) {
      // Somebody holds it open (Windows): go on with it, and try again a tenth later.
      this.#turnAtBytes = this.#sizeBytes + Math.ceil(this.#options.maxBytes / 10);
      this.#append(encodeUtf8(`${time()} [WARN ] log: not set aside: ${problem}\n`));
    }
  }

  /** True when the path names another file by now: another process has set ours aside. */
  #isAnotherFile(): boolean {
    try {
      const there = Deno.statSync(this.#path);
      const ours = this.#file?.statSync();
      return ours !== undefined && (there.ino !== ours.ino || there.dev !== ours.dev);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  }
}

function open(path: string): Deno.FsFile {
  return Deno.openSync(path, { append: true, create: true, mode: 0o640 });
}

/** Shifts `app.log.1` to `.2` and so on, then `app.log` to `.1`; says why it could not. */
function setAside(path: string, keep: number): string | null {
  try {
    if (keep === 0) {
      Deno.removeSync(path);
      return null;
    }
    for (let i = keep - 1; i >= 1; i--) {
      try {
        Deno.renameSync(`${path}.${i}`, `${path}.${i + 1}`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    Deno.renameSync(path, `${path}.1`);
    return null;
  } catch (error) {
    // Any refusal of the system: the caller writes it into the log itself.
    return messageOf(error);
  }
}

function time(): string {
  return new Date().toISOString();
}
