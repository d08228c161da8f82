/**
 * `<state>/trees.json`: the marks that this state directory put into trees, or was about to. A claim of
 * our own id with a mark that is not among them was put there by a copy of this state directory.
 *
 * ```json
 * { "schema_version": "1.0",
 *   "trees": { "CONFOCAL_01": { "word": "…Z", "marks": [{ "nonce": "…", "time": "…Z" }] } } }
 * ```
 */
import { join } from "node:path";
import { parseJson } from "../base/json.ts";
import { decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import { readOrNull, writeFileAtomic } from "../disk/mod.ts";
import type { ClaimMark } from "../records/mod.ts";
import type { StateDir } from "./state_dir.ts";

export interface TreeMarks {
  /** The last `installation keep` that this tree has heard of; null for none. */
  readonly word: string | null;
  /** Oldest first; the last two of a start, because the newer may not have come to the disk. */
  readonly marks: readonly ClaimMark[];
}

export const NO_MARKS: TreeMarks = { word: null, marks: [] };

/** Starts that are remembered of a tree that was away meanwhile. */
const MOST_MARKS = 100;

export function withMark({ word, marks }: TreeMarks, mark: ClaimMark): TreeMarks {
  const others = marks.filter(({ nonce, time }) => nonce !== mark.nonce || time !== mark.time);
  const ofThisStart = others.filter(({ nonce }) => nonce === mark.nonce).slice(-1);
  const before = others.filter(({ nonce }) => nonce !== mark.nonce);
  return { word, marks: [...before, ...ofThisStart, mark].slice(-MOST_MARKS) };
}

/** By equipment. One that cannot be read is as good as none: then a person has to say whose a tree is. */
export async function readTreeMarks(dir: Pick<StateDir, "path">): Promise<Map<string, TreeMarks>> {
  const bytes = await readOrNull(marksFile(dir));
  if (bytes === null) return new Map();
  try {
    const { trees } = fields(parseJson(decodeUtf8(bytes)).value);
    return new Map(Object.entries(fields(trees)).map(([id, one]) => [id, marksOf(one)]));
  } catch (error) {
    if (error instanceof LabferryError || error instanceof TypeError) return new Map();
    throw error;
  }
}

/** Durable before the tree is written to: a power cut never leaves a mark there that we do not know. */
export async function writeTreeMarks(
  dir: Pick<StateDir, "path">,
  trees: ReadonlyMap<string, TreeMarks>,
): Promise<void> {
  const file = { schema_version: "1.0", trees: Object.fromEntries(trees) };
  await writeFileAtomic(marksFile(dir), encodeUtf8(`${JSON.stringify(file, null, 2)}\n`), {
    mode: 0o644,
  });
}

function marksFile({ path }: Pick<StateDir, "path">): string {
  return join(path, "trees.json");
}

function marksOf(value: unknown): TreeMarks {
  const { word, marks } = fields(value);
  const found = (Array.isArray(marks) ? marks : []).map(fields);
  return {
    word: typeof word === "string" ? word : null,
    marks: found.flatMap(({ nonce, time }) =>
      typeof nonce === "string" && typeof time === "string" ? [{ nonce, time }] : []
    ),
  };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
