/**
 * Since when an equipment is looked after (`rules.md` 26): with `existing: new_only` what was not touched
 * since is left alone. The instant is this service's first start for the equipment; it is written once
 * beside the destination's mark and read back, so that a lost state directory does not move it. Until the
 * destination has answered, nothing is left alone and nothing is taken.
 *
 * What is left alone is data that nobody else looks after, so every doubt says "looked after": a
 * destination that knew runs before, a file over there that cannot be read, an instant later than ours.
 */
import * as z from "zod";
import { encodeUtf8, LabferryError, parseInstant } from "../base/mod.ts";
import { parseJson } from "../base/json.ts";
import type { Equipment } from "../config/mod.ts";
import { parseTransfer, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { connectTo, type FarConnection, supersededDir } from "../sync/mod.ts";
import { FirstListing } from "./first_listing.ts";
import type { ScanHouse } from "./scan_house.ts";

/** At the base, beside the destination's mark. */
export const FIRST_START_FILE = ".labferry-first-start.json";

export interface Since {
  /** What was last touched before is left alone; null: nothing is. */
  readonly ms: number | null;
}

export interface FirstStartOptions {
  readonly equipment: Equipment;
  readonly house: ScanHouse;
  readonly signal: AbortSignal;
  readonly onFault: (fault: unknown) => void;
}

/** A destination that could not be asked is asked again after so long. */
const AGAIN_MS = 30_000;
const TRANSFER_END = `/${RECORDS_DIR}/${RECORD_FILES.transfer}`;

const keptSchema = z.object({ at: z.string().nullable(), settled: z.boolean() });
const farSchema = z.object({ looked_after_since: z.string() });

export class FirstStart {
  readonly #options: FirstStartOptions;
  #known: Since | null = null;
  #asking: Promise<void> | null = null;
  #askAtMs = 0;
  #why: string | null = null;

  constructor(options: FirstStartOptions) {
    this.#options = options;
    const { existing } = options.equipment.intake!;
    if (existing === "all") this.#known = { ms: null };
    else if (existing !== "new_only") this.#known = { ms: existing.sinceMs };
  }

  /** Null while it is not known; then the destination is being asked. */
  since(): Since | null {
    if (this.#known) return this.#known;
    const kept = this.#kept();
    if (kept.settled) return this.#known = { ms: kept.at === null ? null : Date.parse(kept.at) };
    const { context: { clock } } = this.#options.house;
    if (this.#asking === null && clock.monotonicMs() >= this.#askAtMs) this.#ask(kept.at!);
    return null;
  }

  /** Why it is not known yet. */
  get waitsFor(): string {
    const what = "the destination to say since when runs are looked after";
    return this.#why === null ? what : `${what} (${this.#why})`;
  }

  async settled(): Promise<void> {
    await this.#asking;
  }

  /** What one of the equipment's watched folders held when it was listed for the first time. */
  listingOf(path: string): FirstListing {
    const { equipment: { id, intake }, house: { context: { queue: { meta } } } } = this.#options;
    return new FirstListing({ equipmentId: id, path, intake: intake!, meta });
  }

  #ask(at: string): void {
    const { house: { context: { clock } }, signal, onFault } = this.#options;
    this.#asking = this.#settle(at).catch((error) => {
      if (signal.aborted) return;
      this.#askAtMs = clock.monotonicMs() + AGAIN_MS;
      if (!(error instanceof LabferryError)) return onFault(error);
      this.#why = error.message;
    }).finally(() => this.#asking = null);
  }

  async #settle(at: string): Promise<void> {
    const { equipment: { id }, house: { context, destinations }, signal } = this.#options;
    const destination = destinations.get(id)!;
    await using far = await connectTo(destination, { id: `first-start-${id}` }, {
      context,
      signal,
    });
    await far.confirm();
    const settled = await this.#atDestination(far.session, at);
    await far.confirm();
    this.#keep({ at: settled, settled: true });
    context.log("info", settled === null ? ALL_WORDS : `Runs are looked after since ${settled}`, {
      equipment: id,
      destination: destination.transport.address,
    });
  }

  /** The instant that stands there, or ours once it does; null when there was a first start before. */
  async #atDestination(session: FarConnection["session"], at: string): Promise<string | null> {
    const there = await readThere(session);
    if (there !== "nothing") return there === null ? null : earlier(there, at);
    if (await knowsRuns(session, at)) return null;
    const { equipment: { id }, house: { context: { clock, host } } } = this.#options;
    const text = JSON.stringify({
      schema_version: "1.0",
      equipment_id: id,
      looked_after_since: at,
      written_by: host,
    });
    const aside = `${supersededDir("", clock)}/${FIRST_START_FILE}`;
    const seen = new Map([[FIRST_START_FILE, { bytes: null, aside }]]);
    await session.putFiles("", new Map([[FIRST_START_FILE, encodeUtf8(`${text}\n`)]]), seen);
    const written = await readThere(session);
    return written === null || written === "nothing" ? null : earlier(written, at);
  }

  /** What this state directory knows; at the first start that is now. */
  #kept(): z.infer<typeof keptSchema> {
    const { equipment: { id }, house: { context: { queue, clock } } } = this.#options;
    const text = queue.meta.get(keyOf(id));
    if (text !== null) return keptSchema.parse(JSON.parse(text));
    // With runs in the queue the first start was before this key was asked for.
    const isFirst = queue.jobs.list({ equipmentId: id, limit: 1 }).length === 0;
    const now = clock.now().toISOString();
    return this.#keep(isFirst ? { at: now, settled: false } : { at: null, settled: true });
  }

  #keep(kept: z.infer<typeof keptSchema>): z.infer<typeof keptSchema> {
    const { equipment: { id }, house: { context: { queue } } } = this.#options;
    queue.meta.set(keyOf(id), JSON.stringify(kept));
    return kept;
  }
}

const ALL_WORDS =
  "The destination knew runs of this equipment before: nothing is left alone; `existing: { since: … }` says otherwise";

function keyOf(equipmentId: string): string {
  return `first_start:${equipmentId}`;
}

/** Null for a file that nobody can read: then nothing is left alone. */
async function readThere(session: FarConnection["session"]): Promise<string | null | "nothing"> {
  const bytes = (await session.getFiles("", [FIRST_START_FILE])).get(FIRST_START_FILE) ?? null;
  if (bytes === null) return "nothing";
  try {
    const found = farSchema.safeParse(parseJson(bytes).value).data?.looked_after_since;
    return found === undefined ? null : parseInstant(found)?.toISOString() ?? null;
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return null;
  }
}

/** True when a run went there before that instant, whoever brought it. */
async function knowsRuns(session: FarConnection["session"], before: string): Promise<boolean> {
  for await (const { path, kind } of session.list("")) {
    // What was set aside is below a folder whose name begins with a dot.
    if (kind !== "file" || path.startsWith(".") || !path.endsWith(TRANSFER_END)) continue;
    const farDir = path.slice(0, -TRANSFER_END.length);
    const name = `${RECORDS_DIR}/${RECORD_FILES.transfer}`;
    const bytes = (await session.getFiles(farDir, [name])).get(name);
    if (bytes && writtenAt(bytes, path) < Date.parse(before)) return true;
  }
  return false;
}

function writtenAt(bytes: Uint8Array, path: string): number {
  try {
    return parseInstant(parseTransfer(bytes, path).written_at)?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof LabferryError) return 0;
    throw error;
  }
}

function earlier(a: string, b: string): string {
  return Date.parse(a) < Date.parse(b) ? a : b;
}
