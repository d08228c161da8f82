/**
 * Commands run on events: program and arguments, no shell; placeholders are filled inside arguments.
 * Nothing waits for them: notices are kept in a short line and told one after the other. What a burst
 * leaves no room for is dropped, and the log says how much.
 */
import { logger } from "../base/log.ts";
import type { HookEvent, HookSettings } from "../config/mod.ts";
import { jobToken, runTool } from "../process/mod.ts";

/** What there is to tell. What an event has nothing of is empty. */
export interface Notice {
  readonly event: HookEvent;
  readonly message: string;
  readonly run?: string;
  readonly equipment?: string;
  readonly destination?: string;
  /** What a dead-man's switch adds to its address when all is not well; by itself nothing. */
  readonly fail?: "/fail";
}

export interface HooksOptions {
  readonly settings: HookSettings;
  /** Begins the mark by which the programs are known after a crash. */
  readonly tokenPrefix: string;
  /** @default {200} */
  readonly mostWaiting?: number;
}

/** A notifier that hangs keeps the others waiting for so long. */
const HOOK_LIMIT_MS = 30_000;
const MOST_WAITING = 200;
/** A hook that runs when the service stops gets so long to end by itself. */
const GRACE_MS = 4_000;
/** Of what a hook says, in the log. */
const MOST_SAID = 2_000;

const WORDS = {
  not_found: "there is no such program",
  timed_out: `it was not done within ${HOOK_LIMIT_MS / 1000} s, and was ended`,
  cancelled: "the service stops, and it was ended",
} as const;

/** The end of what a program says, however much that is. */
class Tail {
  #bytes = new Uint8Array();

  take(bytes: Uint8Array): void {
    const last = bytes.subarray(-MOST_SAID);
    const kept = this.#bytes.subarray(Math.max(0, this.#bytes.length + last.length - MOST_SAID));
    const both = new Uint8Array(kept.length + last.length);
    both.set(kept);
    both.set(last, kept.length);
    this.#bytes = both;
  }

  get text(): string {
    return new TextDecoder().decode(this.#bytes);
  }
}

export class Hooks implements AsyncDisposable {
  readonly #options: HooksOptions;
  readonly #waiting: Notice[] = [];
  readonly #end = new AbortController();
  #dropped = 0;
  #isStopping = false;
  #work: Promise<void> | null = null;

  constructor(options: HooksOptions) {
    this.#options = options;
  }

  /** Takes its turn, if there is a command for the event. Never throws, never waits. */
  tell(notice: Notice): void {
    if (!this.#options.settings[notice.event] || this.#isStopping) return;
    const { mostWaiting = MOST_WAITING } = this.#options;
    if (this.#waiting.length >= mostWaiting) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(notice);
    this.#work ??= this.#tellAll().finally(() => this.#work = null);
  }

  /** The one that runs may end by itself; those that wait are not told, and the log says so. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#dropped += this.#waiting.splice(0).length;
    const timer = setTimeout(() => this.#end.abort(stopped()), GRACE_MS);
    try {
      await this.#work;
    } finally {
      clearTimeout(timer);
      this.#sayDropped();
    }
  }

  async #tellAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        await this.#run(next);
      } catch (error) {
        logger("hooks").warn("a hook could not be run: {message}", {
          message: error instanceof Error ? error.message : String(error),
          event: next.event,
        });
      }
    }
    this.#sayDropped();
  }

  #sayDropped(): void {
    if (this.#dropped === 0) return;
    logger("hooks").warn("{count} notices were not told: there were more than hooks can take", {
      count: this.#dropped,
    });
    this.#dropped = 0;
  }

  async #run(notice: Notice): Promise<void> {
    const { settings, tokenPrefix } = this.#options;
    const [program, ...args] = settings[notice.event] ?? [];
    if (program === undefined) return;
    const heard = new Tail();
    const outcome = await runTool({
      command: program,
      args: args.map((arg) => filled(arg, notice)),
      onStdoutChunk: (bytes) => heard.take(bytes),
      timeoutMs: HOOK_LIMIT_MS,
      signal: this.#end.signal,
      token: jobToken(tokenPrefix, "hook"),
    });
    const said = {
      program,
      event: notice.event,
      stdout: heard.text,
      stderr: "stderrTail" in outcome ? outcome.stderrTail.slice(-MOST_SAID) : "",
    };
    if (outcome.kind === "exited" && outcome.code === 0) {
      logger("hooks").debug("the hook {program} was told of {event}", said);
      return;
    }
    const how = outcome.kind === "exited" ? `exit code ${outcome.code}` : WORDS[outcome.kind];
    logger("hooks").warn("the hook {program} did not do its work: {how}", { ...said, how });
  }
}

/** Each placeholder inside its argument; what a name holds is never looked at again. */
function filled(arg: string, notice: Notice): string {
  const { event, message, run = "", equipment = "", destination = "", fail = "" } = notice;
  const values: Readonly<Record<string, string>> = {
    event: event.replace(/^on_/, ""),
    message,
    run,
    equipment,
    destination,
    fail,
  };
  return arg.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
}

function stopped(): DOMException {
  return new DOMException("the service stops", "AbortError");
}
