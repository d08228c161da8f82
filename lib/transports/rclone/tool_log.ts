/** What one rclone said on its standard error while it did one thing. */
import { type RcloneLine, type RcloneStats, readLogLine } from "./log_line.ts";

/** A line that rclone called an error; secrets are taken out. */
export interface RcloneError {
  readonly text: string;
  /** Without names, to be classified. */
  readonly cause: string;
  /** The file it concerns. */
  readonly path: string | null;
}

const TAIL_LINES = 20;
const MAX_ERRORS = 200;

export class ToolLog {
  readonly errors: RcloneError[] = [];
  stats: RcloneStats | null = null;
  readonly #tail: string[] = [];
  readonly #withoutSecrets: (text: string) => string;
  readonly #onToolLine: ((line: string) => void) | undefined;

  constructor(options: {
    readonly withoutSecrets: (text: string) => string;
    /** Every line but the statistics and details, for labferry's log; secrets are taken out. */
    readonly onToolLine?: ((line: string) => void) | undefined;
  }) {
    this.#withoutSecrets = options.withoutSecrets;
    this.#onToolLine = options.onToolLine;
  }

  /** The last lines without statistics and details. */
  get tail(): string {
    return this.#tail.join("\n");
  }

  heard(text: string): RcloneLine {
    const line = readLogLine(text);
    if (line.stats) {
      this.stats = line.stats;
      return line;
    }
    if (line.isDetail) return line;
    const safe = this.#withoutSecrets(line.text);
    if (line.isError) this.addError({ text: safe, cause: line.cause, path: line.object });
    if (this.#tail.push(safe) > TAIL_LINES) this.#tail.shift();
    this.#onToolLine?.(safe);
    return line;
  }

  addError(error: RcloneError): void {
    if (this.errors.length < MAX_ERRORS) this.errors.push(error);
  }
}
