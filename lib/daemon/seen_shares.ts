/**
 * `<state>/sources.json`: which share each pulled equipment's runs were first seen on.
 *
 * ```json
 * { "schema_version": "1.0", "sources": { "ORBI_01": { "address": "//orbi-pc/data", "first_seen_at": "…Z" } } }
 * ```
 */
import { join } from "node:path";
import { parseJson } from "../base/json.ts";
import { type Clock, decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import { lockFile, readOrNull, writeFileAtomic } from "../disk/mod.ts";
import type { StateDir } from "./state_dir.ts";

interface Entry {
  readonly address: string;
  readonly first_seen_at: string;
}

const LOCK_MS = 5_000;

export class SeenShares {
  readonly #file: string;
  readonly #clock: Clock;

  constructor({ path }: Pick<StateDir, "path">, clock: Clock) {
    this.#file = join(path, "sources.json");
    this.#clock = clock;
  }

  /** Null for equipment of which no share was seen yet. @throws LabferryError `malformed_record` */
  async addressOf(equipmentId: string): Promise<string | null> {
    return (await this.#read()).get(equipmentId)?.address ?? null;
  }

  /** Durable before the first run is looked at; what is remembered is never replaced. */
  async remember(equipmentId: string, address: string): Promise<void> {
    using _lock = await lockFile(`${this.#file}.lock`, { mode: "exclusive", timeoutMs: LOCK_MS });
    const all = await this.#read();
    if (all.has(equipmentId)) return;
    all.set(equipmentId, { address, first_seen_at: this.#clock.now().toISOString() });
    const file = { schema_version: "1.0", sources: Object.fromEntries(all) };
    await writeFileAtomic(this.#file, encodeUtf8(`${JSON.stringify(file, null, 2)}\n`), {
      mode: 0o644,
    });
  }

  /** One that cannot be read is not as good as none: another share would be taken for the first. */
  async #read(): Promise<Map<string, Entry>> {
    const bytes = await readOrNull(this.#file);
    if (bytes === null) return new Map();
    const entries = entriesIn(bytes);
    if (entries !== null) return entries;
    throw new LabferryError("malformed_record", `${this.#file} cannot be read`, {
      path: this.#file,
      why: "it is not as this labferry writes it, so nobody knows which shares were seen",
      hint: "put it back, or delete it and look that the right shares are mounted",
    });
  }
}

function entriesIn(bytes: Uint8Array): Map<string, Entry> | null {
  let value: unknown;
  try {
    value = parseJson(decodeUtf8(bytes)).value;
  } catch (error) {
    if (error instanceof LabferryError || error instanceof TypeError) return null;
    throw error;
  }
  const { schema_version: version, sources } = fields(value);
  if (typeof version !== "string" || !version.startsWith("1.") || !isFields(sources)) return null;
  const found = new Map<string, Entry>();
  for (const [id, entry] of Object.entries(sources)) {
    const { address, first_seen_at: seenAt } = fields(entry);
    if (typeof address !== "string" || address === "") return null;
    found.set(id, { address, first_seen_at: typeof seenAt === "string" ? seenAt : "" });
  }
  return found;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fields(value: unknown): Record<string, unknown> {
  return isFields(value) ? value : {};
}
