/**
 * A ceiling that an rclone keeps from its start and is told again while it runs (`core/bwlimit` of
 * its remote control), so that a window that opens or closes does not end a transfer. Asked for at
 * each of its reports, one a second. The remote control is like rcd's: on 127.0.0.1 only, for whoever
 * has the name and the password in its environment.
 */
import { messageOf } from "../../base/mod.ts";
import { rcloneBwlimit } from "../ceiling.ts";
import { TransportError } from "../failure.ts";
import type { RcloneLine } from "./log_line.ts";
import { askRcd, type RcAddress } from "./rc_client.ts";
import { newLogin, portIn, RC_FLAGS } from "./remote_control.ts";

/** In megabits per second; null for none. 0 or less is a pause: whoever began the run ends it. */
export type Ceiling = () => number | null;

export interface TaughtCeilingOptions {
  /** Tells it; @default the rclone whose lines are handed in */
  readonly tell?: (mbps: number | null, signal: AbortSignal) => Promise<void>;
}

/** A report that comes while one is told, or after a failure, tries again. */
const MOST_FAILURES = 3;

export class TaughtCeiling implements AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  readonly #ceiling: Ceiling;
  readonly #tell: NonNullable<TaughtCeilingOptions["tell"]>;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #login = newLogin();
  #address: RcAddress | null = null;
  #told: number | null;
  #telling: Promise<void> | null = null;
  #failures = 0;

  constructor(ceiling: Ceiling, options: TaughtCeilingOptions = {}) {
    this.#ceiling = ceiling;
    this.#told = ceiling();
    this.#tell = options.tell ?? ((mbps, signal) => this.#tellRclone(mbps, signal));
    this.env = { RCLONE_RC_USER: this.#login.user, RCLONE_RC_PASS: this.#login.password };
    this.flags = [...bandwidthFlags(this.#told), "--rc", ...RC_FLAGS];
  }

  /** Ends the run when it cannot be told: a ceiling that is not kept is none. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  onLine({ text, stats }: RcloneLine): void {
    const port = portIn(text);
    if (port !== null) this.#address = { port, ...this.#login };
    if (stats !== null) this.onReport();
  }

  onReport(): void {
    const mbps = this.#ceiling();
    if (this.#telling !== null || mbps === this.#told || (mbps !== null && mbps <= 0)) return;
    this.#telling = this.#tellOnce(mbps).finally(() => this.#telling = null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new DOMException("rclone has ended", "AbortError"));
    await this.#telling;
  }

  async #tellOnce(mbps: number | null): Promise<void> {
    try {
      await this.#tell(mbps, this.#ended.signal);
      this.#told = mbps;
      this.#failures = 0;
    } catch (error) {
      // It may have ended a moment ago: then there is no next report.
      if (this.#ended.signal.aborted || ++this.#failures < MOST_FAILURES) return;
      this.#lost.abort(cannotBeTold(error));
    }
  }

  async #tellRclone(mbps: number | null, signal: AbortSignal): Promise<void> {
    if (this.#address === null) throw new Error("rclone did not say where it listens");
    const rate = mbps === null ? "off" : rcloneBwlimit(mbps);
    const request = { method: "core/bwlimit", params: { rate }, signal };
    const { status, text } = await askRcd(this.#address, request);
    if (status !== 200) throw new Error(text);
  }
}

function bandwidthFlags(mbps: number | null): string[] {
  return mbps === null ? [] : [`--bwlimit=${rcloneBwlimit(mbps)}`];
}

function cannotBeTold(cause: unknown): TransportError {
  return new TransportError("unknown", "rclone could not be told the new bandwidth limit", {
    why: messageOf(cause),
    hint: "Nothing is lost: the transfer goes on, with the new limit, the next time.",
    cause,
  });
}
