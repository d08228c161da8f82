/**
 * `<state>/last_config.json`: the files that this computer's service last started with, for the day on
 * which the share with the folder is away.
 *
 * ```json
 * { "schema_version": "1.0", "folder": "/etc/lab", "layers": [{ "file": "…/common.yaml", "text": "…" }] }
 * ```
 */
import { join } from "node:path";
import { parseJson } from "../base/json.ts";
import { decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import { readOrNull, writeFileAtomic } from "../disk/mod.ts";
import type { Layer } from "./layered_tree.ts";

/** Private: a hook's arguments may hold a secret. */
export async function keepLastGood(
  stateDir: string,
  { path: folder, layers }: { readonly path: string; readonly layers: readonly Layer[] },
): Promise<void> {
  const text = JSON.stringify({ schema_version: "1.0", folder, layers }, null, 1);
  await writeFileAtomic(lastGoodFile(stateDir), encodeUtf8(`${text}\n`), { mode: 0o600 });
}

/** Null when nothing was kept of that folder, or nothing that can be read. */
export async function lastGoodOf(stateDir: string, folder: string): Promise<Layer[] | null> {
  const bytes = await readOrNull(lastGoodFile(stateDir));
  if (bytes === null) return null;
  try {
    const { value } = parseJson(decodeUtf8(bytes));
    const kept = value as { folder?: unknown; layers?: unknown };
    if (kept.folder !== folder || !Array.isArray(kept.layers)) return null;
    return kept.layers.every(isLayer) ? kept.layers : null;
  } catch (error) {
    if (error instanceof LabferryError || error instanceof TypeError) return null;
    throw error;
  }
}

function isLayer(one: unknown): one is Layer {
  const { file, text } = (one ?? {}) as Partial<Layer>;
  return typeof file === "string" && typeof text === "string";
}

function lastGoodFile(stateDir: string): string {
  return join(stateDir, "last_config.json");
}
