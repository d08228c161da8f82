/**
 * Writes the heartbeat to every destination, on a timer of its own: over connections of its own, each
 * destination by itself, so that neither a transfer nor a NAS that hangs delays the others. One that is
 * held gets none (`rules.md` 30).
 */
import { join } from "node:path";
import {
  type Clock,
  decodeUtf8,
  encodeUtf8,
  isAbort,
  LabferryError,
  messageOf,
  Rounds,
  type RoundsContext,
} from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import { FLEET_DIR, heartbeatBytes, heartbeatStem, readHead, seriesText } from "../fleet/mod.ts";
import { connectTo, type Destination, supersededDir, type SyncContext } from "../sync/mod.ts";
import { HeartbeatBook } from "./heartbeat_book.ts";
import { heartbeatAt, type HostPulse } from "./heartbeat_facts.ts";

export interface HeartbeatsOptions extends RoundsContext {
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly isUp: (destination: string) => boolean;
  readonly everyMs: number;
  /** How this computer stands; asked once a round. */
  readonly pulse: () => Promise<HostPulse>;
  readonly onBeat: (pulse: HostPulse) => void;
  /** A destination, by its name, that did not answer or is not the one it should be. */
  readonly onAway: (destination: string) => void;
  /** Another service with this installation's id writes there: both are held from now on. */
  readonly onTwice: (equipmentId: string, host: string) => Promise<void>;
}

interface ToWrite {
  readonly equipmentId: string;
  readonly destination: Destination;
  readonly pulse: HostPulse;
  /** The number of the round. */
  readonly round: number;
}

/** A NAS that takes longer over two small files hangs. */
const LIMIT_MS = 60_000;
/** For the collector that runs on this computer. */
const LOCAL_FILE = "fleet.prom";

export class Heartbeats extends Rounds {
  readonly #options: HeartbeatsOptions;
  readonly #book: HeartbeatBook;
  readonly #writing = new Map<string, Promise<void>>();
  /** Equipment whose destination answers and lets no heartbeat stand, as was said. */
  readonly #refused = new Set<string>();

  constructor(options: HeartbeatsOptions) {
    super({
      ...options,
      name: "The heartbeat",
      round: () => this.#round(),
      restMs: options.everyMs,
      last: async () => void await Promise.all(this.#writing.values()),
    });
    this.#options = options;
    this.#book = new HeartbeatBook(options.context.queue);
  }

  async #round(): Promise<void> {
    const { context, destinations, isUp, pulse: ask, onBeat } = this.#options;
    const pulse = await ask();
    const round = this.#book.next();
    for (const [equipmentId, destination] of destinations) {
      if (!isUp(destination.name) || this.#writing.has(equipmentId)) continue;
      const writing = this.#tried({ equipmentId, destination, pulse, round })
        .finally(() => this.#writing.delete(equipmentId));
      this.#writing.set(equipmentId, writing);
    }
    const heartbeat = { ...pulse.host, seq: round };
    const text = seriesText({ families: pulse.families, heartbeat, at: null });
    await writeFileAtomic(join(context.stateDir, LOCAL_FILE), encodeUtf8(text), { mode: 0o644 });
    onBeat(pulse);
  }

  /** Nobody waits for it, so it throws to nobody: what is no trouble of the moment ends the service. */
  async #tried(to: ToWrite): Promise<void> {
    const { equipmentId, destination } = to;
    const { context: { log, clock }, onFault = thrown } = this.#options;
    const limit = limitOf(clock, LIMIT_MS);
    const signal = AbortSignal.any([this.signal, limit.signal]);
    let isThere = false;
    try {
      const seq = await this.#write({ ...to, signal, onThere: () => isThere = true });
      this.#refused.delete(equipmentId);
      log("debug", `Heartbeat ${seq} stands at ${destination.transport.address}`, { equipmentId });
    } catch (error) {
      if (isAbort(error) && !limit.signal.aborted) return;
      if (!isAbort(error) && !(error instanceof LabferryError)) return onFault(error);
      // What is away or held is told by others; what has our name over there stays until a person looks.
      const isNews = isThere && !isAbort(error) && !this.#refused.has(equipmentId);
      if (isNews) this.#refused.add(equipmentId);
      if (!isThere) this.#options.onAway(destination.name);
      const message = `No heartbeat at ${destination.transport.address}: ${messageOf(error)}`;
      log(isNews ? "warn" : "debug", message, { equipmentId });
    } finally {
      limit.end();
    }
  }

  async #write(
    { equipmentId, destination, pulse, round, signal, onThere }: ToWrite & {
      readonly signal: AbortSignal;
      readonly onThere: () => void;
    },
  ): Promise<number> {
    const { context, onTwice } = this.#options;
    const { address } = destination.transport;
    await using far = await connectTo(destination, { id: "heartbeat" }, { context, signal });
    await far.confirm();
    onThere();
    const stem = heartbeatStem(pulse.host);
    const [json, prom] = [`${stem}.json`, `${stem}.prom`];
    const there = await far.session.getFiles(FLEET_DIR, [json, prom]);
    const into = supersededDir(FLEET_DIR, context.clock);
    const strange = [json, prom].filter((name) =>
      !isOwn({ name, bytes: there.get(name) ?? null }, { ...pulse.host, book: this.#book })
    );
    if (strange.length > 0) {
      await far.session.setAside(FLEET_DIR, strange, into);
      for (const name of strange) there.set(name, null);
    }
    const old = there.get(json) ?? null;
    const head = old && readHead(old);
    const { nonce } = pulse.host;
    const { isTwice, seq } = this.#book.begin(equipmentId, { head, nonce, round });
    const heartbeat = heartbeatAt(equipmentId, { pulse, seq, isTwice });
    const at = { equipmentId, address };
    const files = new Map([
      [json, heartbeatBytes(heartbeat)],
      [prom, encodeUtf8(seriesText({ families: pulse.families, heartbeat, at }))],
    ]);
    const seen = new Map(
      [...files.keys()].map((name) =>
        [name, { bytes: there.get(name) ?? null, aside: `${into}/${name}` }] as const
      ),
    );
    await far.session.putFiles(FLEET_DIR, files, seen);
    if (isTwice) await onTwice(equipmentId, head?.host ?? "a computer");
    return seq;
  }
}

/** Only what this installation put there is replaced; whatever else has the name is set aside. */
function isOwn(
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array | null },
  { host, state_id, book }: Pick<HostPulse["host"], "host" | "state_id"> & {
    readonly book: HeartbeatBook;
  },
): boolean {
  if (bytes === null) return true;
  if (name.endsWith(".json")) {
    const head = readHead(bytes);
    return head?.state_id === state_id && !book.isBeyond(head);
  }
  try {
    const lines = decodeUtf8(bytes).split("\n").filter((line) => !/^(#|$)/.test(line));
    return lines.every((line) => line.includes(`host="${host}"`));
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function limitOf(clock: Clock, ms: number): { readonly signal: AbortSignal; end(): void } {
  const limit = new AbortController();
  const ended = new AbortController();
  clock.sleep(ms, ended.signal).then(
    () => limit.abort(new DOMException("the destination took too long", "AbortError")),
    () => {}, // ended: nothing is limited any more
  );
  return { signal: limit.signal, end: () => ended.abort() };
}

function thrown(fault: unknown): never {
  throw fault;
}
