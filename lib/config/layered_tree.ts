/**
 * Two files as one tree: `common.yaml` below, the host's own above (`rules.md` 34). Mappings merge, the
 * equipment by its id; scalars and lists replace, and so does a mapping of another `type`; null takes
 * away. Every value keeps its file and its line.
 */
import type { Complaint, KeyPath } from "./problems.ts";
import { parseYaml, type YamlTree } from "./yaml_tree.ts";

export interface Layer {
  /** As it is shown in a problem. */
  readonly file: string;
  readonly text: string;
}

export interface LayeredTree extends YamlTree {
  /** The file that a key path stands in, or its nearest parent. */
  fileOf(path: KeyPath): string;
  /** What is allowed but has no effect; one line each. */
  readonly notices: readonly string[];
}

/** Lowest first; one layer is a file as it is. */
export function layeredTree(layers: readonly Layer[]): LayeredTree {
  const [only, ...others] = layers;
  if (only && others.length === 0) {
    return { ...parseYaml(only.text), fileOf: () => only.file, notices: [] };
  }
  const parsed = layers.map(({ file, text }) => ({ file, tree: parseYaml(text, KEEPS_NULLS) }));
  const own = parsed.map(({ tree }) =>
    Object.fromEntries(tree.sections.map((section) => [section, tree.valueOf(section, [])]))
  );
  const notices: string[] = [];
  const ids = idsOf(own);
  const merged: Fields = {};
  for (const values of layersThatCount(own, notices)) {
    for (const [section, value] of Object.entries(values)) {
      merged[section] = section === "equipment"
        ? withEquipment({ below: merged[section], above: value }, ids)
        : over(merged[section], value);
    }
  }
  /** The uppermost layer that has the path, with the path as it is there. */
  const placeOf = (path: KeyPath) => {
    for (let i = parsed.length - 1; i >= 0; i--) {
      const inner = innerPath(path, { ids, values: own[i]! });
      if (inner !== null && has(own[i]!, inner)) return { ...parsed[i]!, path: inner };
    }
    return null;
  };
  const parentOf = (path: KeyPath) => {
    for (let length = path.length; length > 0; length--) {
      const place = placeOf(path.slice(0, length));
      if (place) return { ...place, path: [...place.path, ...path.slice(length)] };
    }
    return { ...parsed.at(-1)!, path };
  };
  return {
    notices,
    notMapping: parsed.map(({ tree }) => tree.notMapping).find((what) => what !== null) ?? null,
    sections: [...new Set(parsed.flatMap(({ tree }) => tree.sections))],
    syntax: parsed.flatMap(({ file, tree }) => tree.syntax.map((fault) => ({ ...fault, file }))),
    isBroken: parsed.some(({ tree }) => tree.isBroken),
    valueOf(section, complaints) {
      for (const [i, { tree }] of parsed.entries()) {
        const found: Complaint[] = [];
        tree.valueOf(section, found);
        complaints.push(...found.map((one) => ({
          ...one,
          keyPath: outerPath(one.keyPath, { ids, values: own[i]! }),
        })));
        if (section === "equipment") complaints.push(...doubles(own[i]!, ids));
      }
      return withoutNulls(merged[section]);
    },
    positionOf(path, atKey) {
      const place = parentOf(path);
      return place.tree.positionOf(place.path, atKey);
    },
    fileOf: (path) => parentOf(path).file,
  };
}

type Fields = Record<string, unknown>;

const KEEPS_NULLS = { keepsNulls: true } as const;

/** `nas_cleanup.enabled` counts only from the uppermost file, unless it was said that it may not. */
function layersThatCount(own: readonly Fields[], notices: string[]): Fields[] {
  const top = own.length - 1;
  // As for every key, the uppermost file that has it counts: a host may take its word back.
  const word = own.map((values) => values["nas_cleanup"])
    .findLast((cleanup) => isFields(cleanup) && "common_may_delete" in cleanup);
  const mayDelete = isFields(word) && word["common_may_delete"] === true;
  return own.map((values, i) => {
    const cleanup = values["nas_cleanup"];
    if (i === top || mayDelete || !isFields(cleanup) || !("enabled" in cleanup)) return values;
    const { enabled, ...rest } = cleanup;
    if (enabled === true) {
      notices.push(
        "nas_cleanup.enabled in common.yaml does not count: say it in the host's own file, or say common_may_delete: true",
      );
    }
    return { ...values, nas_cleanup: rest };
  });
}

/** The ids in the order in which the merged list has them; an entry without one stands for itself. */
function idsOf(own: readonly Fields[]): unknown[] {
  const ids: unknown[] = [];
  for (const entry of own.flatMap((values) => listOf(values["equipment"]))) {
    const id = idOf(entry);
    if (!ids.includes(id)) ids.push(id);
  }
  return ids;
}

/** In one file each equipment stands once: two entries would be merged in silence. */
function doubles(values: Fields, ids: readonly unknown[]): Complaint[] {
  const all = listOf(values["equipment"]).map(idOf);
  return all.flatMap((id, i) =>
    all.indexOf(id) === i ? [] : [{
      keyPath: ["equipment", ids.indexOf(id), "id"],
      what: `${String(id)} stands twice in one file`,
      hint: "ids must be unique",
    }]
  );
}

function withEquipment(
  { below, above }: { readonly below: unknown; readonly above: unknown },
  ids: readonly unknown[],
): unknown {
  if (above === null || above === undefined || !Array.isArray(above)) return above;
  const entries = [...listOf(below)];
  for (const entry of above) {
    const at = entries.findIndex((one) => idOf(one) === idOf(entry));
    if (at < 0) entries.push(entry);
    else entries[at] = over(entries[at], entry);
  }
  return entries.toSorted((a, b) => ids.indexOf(idOf(a)) - ids.indexOf(idOf(b)));
}

function over(below: unknown, above: unknown): unknown {
  if (!isFields(below) || !isFields(above)) return above;
  const hasOtherType = "type" in above && "type" in below && above["type"] !== below["type"];
  if (hasOtherType) return above;
  const merged: Fields = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = over(merged[key], value);
  return merged;
}

/** In the merged list an equipment has another number than in its file. */
function innerPath(path: KeyPath, at: At): KeyPath | null {
  if (path[0] !== "equipment" || typeof path[1] !== "number") return path;
  const id = at.ids[path[1]];
  const index = listOf(at.values["equipment"]).findIndex((entry) => idOf(entry) === id);
  return index < 0 ? null : ["equipment", index, ...path.slice(2)];
}

function outerPath(path: KeyPath, at: At): KeyPath {
  if (path[0] !== "equipment" || typeof path[1] !== "number") return path;
  const index = at.ids.indexOf(idOf(listOf(at.values["equipment"])[path[1]]));
  return index < 0 ? path : ["equipment", index, ...path.slice(2)];
}

interface At {
  readonly ids: readonly unknown[];
  /** Of one layer. */
  readonly values: Fields;
}

function has(values: Fields, path: KeyPath): boolean {
  let at: unknown = values;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string | number, unknown>)[key];
  }
  return true;
}

function idOf(entry: unknown): unknown {
  return isFields(entry) && typeof entry["id"] === "string" ? entry["id"] : entry;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What null took away is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value ?? undefined;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.assign(
    Object.create(null),
    Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)])),
  );
}
