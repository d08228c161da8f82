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

/**
 * Null when nothing was kept of that folder.
 *
 * @throws {LabferryError} `config_unreadable` when what was kept is torn or no such file: which folder it
 * was of is not known then, and whoever asks for a folder that is away has to know why it is not used
 */
export async function lastGoodOf(stateDir: string, folder: string): Promise<Layer[] | null> {
  const path = lastGoodFile(stateDir);
  const bytes = await readOrNull(path);
  if (bytes === null) return null;
  const kept = keptIn(bytes);
  if (kept === null) {
    throw new LabferryError("config_unreadable", `the configuration ${folder} is away`, {
      path: folder,
      why: `what was kept of it for that, ${path}, cannot be read either`,
      hint: "bring the folder back; the service keeps its files anew when it starts with them",
    });
  }
  return kept.folder === folder ? kept.layers : null;
}

function keptIn(bytes: Uint8Array): { readonly folder: string; readonly layers: Layer[] } | null {
  try {
    const { value } = parseJson(decodeUtf8(bytes));
    const { folder, layers } = (value ?? {}) as { folder?: unknown; layers?: unknown };
    if (typeof folder !== "string" || !Array.isArray(layers)) return null;
    return layers.every(isLayer) ? { folder, layers } : null;
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
