/**
 * Proof beside the transfer: a file that is whole over there, and on its disk, is hashed there while
 * the next one travels, over the connection that the pass will use. What was hashed counts in the
 * pass only if the file still stands there as it was; the rest is hashed when the push has ended. It
 * lives in memory and with its connection: after a restart nothing of it is believed (`rules.md` 13).
 */
import { compareUtf8, isAbort, messageOf, systemClock, turn, Wake } from "../base/mod.ts";
import type { FarHash, FileState, Job, Pass, RunFiles } from "../queue/mod.ts";
import { type FarEntry, TransportError } from "../transports/mod.ts";
import type { Connecting, FarConnection } from "./far_connection.ts";
import { looksEqual } from "./far_look.ts";
import { PackedTexts } from "./packed_texts.ts";
import type { Work } from "./work.ts";

/** Hashed early at most, because each is remembered; what comes after waits for the pass. */
const MOST_EARLY = 100_000;
/** Arrived and not hashed yet at most: where hashing is so far behind, more would only be held. */
const MOST_WAITING = 20_000;
/** One question to the far side: so many files, or bytes, whichever comes first. */
const BATCH_FILES = 256;
const BATCH_BYTES = 256 * 1024 * 1024;

/**
 * A file is hashed no sooner after it arrived: change times may be kept in whole seconds, and one
 * that is written again within the second of its arrival would look untouched. Seconds of the far
 * disk, so they are waited for in real time.
 */
const SETTLE_MS = 2_000;
/** Whoever arrives or ends it rings. */
const LONGEST_WAIT_MS = 60_000;

/** Files for one question, in the order of their paths. */
interface Batch {
  readonly files: FileState[];
  /** All of them. */
  readonly isFlushed: boolean;
}

/** A file as it was when it was hashed over there. */
interface SeenEarly {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Absent where the place has nothing better than size and time. */
  readonly standing: string | undefined;
}

interface Waiting {
  readonly path: string;
  readonly isFlushed: boolean;
  readonly atMs: number;
}

export class EarlyProof implements AsyncDisposable {
  readonly far: FarConnection;
  readonly pass: Pass;
  readonly notes = new Set<string>();
  readonly #job: Job;
  readonly #work: Work;
  readonly #files: RunFiles;
  /** How each file was when it was hashed over there. */
  readonly #seen = new PackedTexts();
  #waiting: Waiting[] = [];
  /** Those before it are not waiting any more. */
  #first = 0;
  #taken = 0;
  #bytesDone = 0;
  #isOver = false;
  readonly #wake: Wake;

  private constructor(job: Job, work: Work, { far, pass }: Pick<EarlyProof, "far" | "pass">) {
    this.#job = job;
    this.#work = work;
    this.#files = work.context.queue.files(job.id);
    this.#wake = new Wake(systemClock);
    this.far = far;
    this.pass = pass;
  }

  /** Begins the pass, over its own connection. */
  static async begin(
    job: Job,
    { connecting, ...work }: Work & { readonly connecting: Connecting },
  ): Promise<EarlyProof> {
    const far = await connecting.take();
    try {
      await far.confirm();
      const { queue } = work.context;
      const pass = queue.passes.begin(job, { destinationUuid: far.uuid, farDir: job.farDir });
      const early = new EarlyProof(job, work, { far, pass });
      if (!far.session.verifiesInFlight) early.end();
      return early;
    } catch (error) {
      await far[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A file is whole over there, and on the far disk or still to be flushed to it. */
  arrived(path: string, { isFlushed }: { readonly isFlushed: boolean }): void {
    if (this.#isOver || this.#taken >= MOST_EARLY) return;
    const waiting = this.#waiting.length - this.#first;
    if (waiting >= MOST_WAITING) return;
    this.#taken++;
    this.#waiting.push({ path, isFlushed, atMs: systemClock.monotonicMs() });
    // Whoever waits for one that arrived before wakes up by itself.
    if (waiting === 0) this.#wake.ring();
  }

  /** The push has ended: what is being hashed is hashed to its end, and nothing more is begun. */
  end(): void {
    this.#isOver = true;
    this.#wake.ring();
  }

  /**
   * Hashes what arrives until `end`. A fault costs only the time that was to be saved: the pass asks
   * for itself, and says what is wrong.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!this.#isOver && !signal.aborted) {
        const batch = this.#nextBatch();
        // Choosing, keeping and remembering some hundred files are a turn each: together they would
        // keep others waiting.
        await turn();
        if (this.#isOver) return;
        if (batch.files.length > 0) await this.#hash(batch, signal);
        else await this.#wake.wait(this.#untilNextMs(), signal);
      }
    } catch (error) {
      if (isAbort(error) && signal.aborted) return;
      this.end();
      const { log } = this.#work.context;
      log("info", `Nothing more is proven beside the transfer: ${messageOf(error)}`, {
        job: this.#job.id,
      });
    }
  }

  /** True for a listed file that was hashed early and has been touched since. */
  isTouched(entry: FarEntry): boolean {
    const seen = this.#seen.take(entry.path);
    if (seen === null) return false;
    const { sizeBytes, mtimeMs, standing }: SeenEarly = JSON.parse(seen);
    return entry.kind !== "file" || !looksEqual({ sizeBytes, mtimeMs }, entry) ||
      (standing !== undefined && standing !== entry.standing);
  }

  /** Hashed early, and not met by a listing since: gone, or under another spelling. */
  notListed(): readonly string[] {
    return [...this.#seen.paths()];
  }

  /** What was hashed already, for the pass's progress. */
  get done(): { readonly bytes: number; readonly files: number } {
    return { bytes: this.#bytesDone, files: this.#seen.size };
  }

  /** False when the connection was lost while the push went on: then nothing of this counts. */
  async isAlive(): Promise<boolean> {
    try {
      await this.far.confirm();
      return true;
    } catch (error) {
      if (!(error instanceof TransportError) || error.code !== "unreachable") throw error;
      this.#work.context.log("info", `The pass asks for everything: ${error.message}`, {
        job: this.#job.id,
      });
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.far[Symbol.asyncDispose]();
  }

  /** In the order of their paths, as a transport wants them. */
  #nextBatch(): Batch {
    const settledMs = systemClock.monotonicMs() - SETTLE_MS;
    const files: FileState[] = [];
    let [bytes, isFlushed] = [0, true];
    while (files.length < BATCH_FILES && bytes < BATCH_BYTES) {
      const waiting = this.#waiting[this.#first];
      if (!waiting || waiting.atMs > settledMs) break;
      this.#first++;
      const file = this.#files.get(waiting.path);
      if (file === null) continue;
      files.push(file);
      bytes += file.sizeBytes;
      isFlushed &&= waiting.isFlushed;
    }
    if (2 * this.#first >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return { files: files.sort((a, b) => compareUtf8(a.path, b.path)), isFlushed };
  }

  #untilNextMs(): number {
    const first = this.#waiting[this.#first];
    if (!first) return LONGEST_WAIT_MS;
    return Math.max(1, first.atMs + SETTLE_MS - systemClock.monotonicMs());
  }

  async #hash({ files, isFlushed }: Batch, signal: AbortSignal): Promise<void> {
    const { context, destination } = this.#work;
    if (!isFlushed) {
      // Bytes that are only in the far machine's memory prove nothing.
      const { flushed } = await this.far.session.flush(this.#job.farDir);
      if (!flushed) return this.end();
    }
    const byPath = new Map(files.map((file) => [file.path, file]));
    const found: (FarHash & { readonly standing?: string })[] = [];
    const { notes, isFromThere } = await this.far.session.hash({
      farDir: this.#job.farDir,
      files,
      onHash: (path, sha256, standing) =>
        found.push({ path, sha256, ...(standing === undefined ? {} : { standing }) }),
      get downloadMbps() {
        return destination.uploadMbps();
      },
      dropCache: true,
      maxStreamBytes: context.maxStreamBytes,
      acceptProviderAsserted: false,
      signal,
    });
    if (!isFromThere) return this.end();
    for (const note of notes) this.notes.add(note);
    const seen = found.map(({ path, standing }) => {
      const { sizeBytes, mtimeMs } = byPath.get(path)!;
      const text: SeenEarly = { sizeBytes, mtimeMs, standing };
      return { path, sizeBytes, text: JSON.stringify(text) };
    });
    await turn();
    // In one turn: of a file whose hash counts it is known how the file was.
    context.queue.passes.record(this.pass, found.map(({ path, sha256 }) => ({ path, sha256 })));
    for (const { path, sizeBytes, text } of seen) {
      this.#bytesDone += sizeBytes;
      this.#seen.set(path, text);
    }
    await turn();
  }
}
