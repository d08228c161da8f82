/** Judges a configuration's text: everything that is wrong at once, or the `Config` it means. */
import type { z } from "zod";
import type { TextPosition } from "../base/json.ts";
import type { Config, Equipment } from "./config.ts";
import { deepFreeze } from "./deep_freeze.ts";
import { explain, unknownKey } from "./explain.ts";
import { homeOf, type OsName } from "./paths.ts";
import { checkDestinationsApart, type EquipmentAtKey } from "./destinations_apart.ts";
import {
  type Complaint,
  type ConfigProblem,
  found,
  type KeyPath,
  keyText,
  MAX_PROBLEMS,
} from "./problems.ts";
import { endsThatCannotCome } from "./never_over.ts";
import { withPreset } from "./preset_keys.ts";
import { checkWatchedApart } from "./watch_apart.ts";
import { resolveConfig, type ResolveContext } from "./resolve.ts";
import { resolveEquipment } from "./resolve_equipment.ts";
import { equipmentAsOurs, sectionAsOurs } from "./peer_spelling.ts";
import {
  FOREIGN_SECTIONS,
  MAX_EQUIPMENT,
  SECTION_SCHEMAS,
  type SectionEntries,
  type SectionName,
} from "./schema.ts";
import { type EquipmentEntry, equipmentSchema } from "./schema_equipment.ts";
import { type Layer, type LayeredTree, layeredTree } from "./layered_tree.ts";
import { parseYaml, type YamlTree } from "./yaml_tree.ts";

export interface CheckOptions {
  /** Shown in every problem. */
  readonly file: string;
  readonly os: OsName;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The file's keys with every default filled in, in snake_case: what `config show` prints. */
export type Effective = SectionEntries & { readonly equipment: readonly EquipmentEntry[] };

export interface Verdict {
  /** null iff there are problems. */
  readonly config: Config | null;
  readonly effective: Effective | null;
  /** In the order of the lines, at most `MAX_PROBLEMS`. */
  readonly problems: readonly ConfigProblem[];
  readonly problemCount: number;
  /** What was ignored, and what is allowed but surely not meant; one line each. */
  readonly notices: readonly string[];
}

export function checkConfigText(text: string, options: CheckOptions): Verdict {
  return checkTree(parseYaml(text), options);
}

/** The merged files of one host, each problem with its own file. */
export function checkLayers(layers: readonly Layer[], options: CheckOptions): Verdict {
  const tree = layeredTree(layers);
  const judged = checkTree(tree, options);
  return { ...judged, notices: [...tree.notices, ...judged.notices] };
}

function checkTree(tree: YamlTree & Partial<LayeredTree>, options: CheckOptions): Verdict {
  const complaints: Complaint[] = [];
  if (tree.isBroken) return verdict({ tree, complaints, options });
  if (tree.notMapping !== null) {
    complaints.push({ keyPath: [], what: `must be a mapping, found ${tree.notMapping}` });
    return verdict({ tree, complaints, options });
  }
  const notices = judgeSections(tree, complaints);
  const context: ResolveContext = {
    home: homeOf(options.os, options.env),
    complain: (complaint) => void complaints.push(complaint),
  };
  const entries = readSections(tree, complaints);
  const { raw, located } = readEquipment(tree, { complaints, context });
  const equipment = located.map((entry) => entry.equipment);
  const config = resolveConfig(entries, equipment, context);
  checkDestinationsApart(located, {
    foldsCase: options.os !== "linux",
    stagingRoot: config.orchestrator.stagingRoot,
    receiving: config.orchestrator.transport,
    complain: context.complain,
  });
  checkWatchedApart(located, {
    foldsCase: options.os !== "linux",
    stagingRoot: config.orchestrator.stagingRoot,
    complain: context.complain,
  });
  if (entries.sync.retry_attempts !== undefined) {
    notices.push("sync.retry_attempts is ignored: retries follow the kind of failure");
  }
  notices.push(...oddities(config), ...twoMasters(tree, config));
  return verdict({
    tree,
    complaints,
    options,
    result: { config: deepFreeze(config), effective: { equipment: raw, ...entries }, notices },
  });
}

/** Complains of sections nobody knows; returns the notice of those that are another program's. */
function judgeSections(tree: YamlTree, complaints: Complaint[]): string[] {
  const ours = ["equipment", ...Object.keys(SECTION_SCHEMAS)];
  const foreign: string[] = [];
  for (const section of tree.sections) {
    if (ours.includes(section)) continue;
    if ((FOREIGN_SECTIONS as readonly string[]).includes(section)) foreign.push(section);
    else complaints.push(unknownKey([section], ours));
  }
  if (foreign.length === 0) return [];
  return [`sections of another program are ignored: ${[...new Set(foreign)].join(", ")}`];
}

function readSections(tree: YamlTree, complaints: Complaint[]): SectionEntries {
  const entries: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(SECTION_SCHEMAS)) {
    const known = complaints.length;
    const value = sectionAsOurs(name as SectionName, tree.valueOf(name, complaints) ?? {});
    entries[name] = judge({ schema, value, base: [name] }, { complaints, known }) ??
      // A section with problems stands in with its defaults, so that the rest can be judged too.
      schema.parse({});
  }
  return entries as SectionEntries;
}

function readEquipment(
  tree: YamlTree,
  { complaints, context }: { readonly complaints: Complaint[]; readonly context: ResolveContext },
): { readonly raw: EquipmentEntry[]; readonly located: EquipmentAtKey[] } {
  const raw: EquipmentEntry[] = [];
  const located: EquipmentAtKey[] = [];
  const known = complaints.length;
  const list = tree.valueOf("equipment", complaints) ?? [];
  if (!Array.isArray(list)) {
    complaints.push({ keyPath: ["equipment"], what: `must be a list, found ${found(list)}` });
    return { raw, located };
  }
  if (list.length > MAX_EQUIPMENT) {
    const what = `must have at most ${MAX_EQUIPMENT} entries, found ${list.length}`;
    complaints.push({ keyPath: ["equipment"], what });
    return { raw, located };
  }
  const firstOf = new Map<unknown, number>();
  const { complain } = context;
  for (const [i, own] of list.map(equipmentAsOurs).entries()) {
    const base: KeyPath = ["equipment", i];
    const value = withPreset(own, { base, complain });
    noteDuplicateId(value, { base, firstOf, complaints });
    const entry = judge({ schema: equipmentSchema, value, base }, { complaints, known });
    if (entry === null) continue;
    raw.push(entry);
    const equipment: Equipment | null = resolveEquipment(entry, { ...context, base });
    if (equipment !== null) located.push({ equipment, keyPath: base });
  }
  return { raw, located };
}

function noteDuplicateId(value: unknown, at: {
  readonly base: KeyPath;
  readonly firstOf: Map<unknown, number>;
  readonly complaints: Complaint[];
}): void {
  const id = (value as { id?: unknown } | null | undefined)?.id;
  if (typeof id !== "string") return;
  const first = at.firstOf.get(id);
  if (first === undefined) at.firstOf.set(id, Number(at.base[1]));
  else {
    const what = `${found(id)} is the id of equipment[${first}] already`;
    at.complaints.push({ keyPath: [...at.base, "id"], what, hint: "ids must be unique" });
  }
}

/**
 * The value as the schema completes it, or null after complaining. Complaints from `known` on were
 * made while reading this value: what they name is not complained of twice.
 */
function judge<T extends z.ZodType>(
  judged: { readonly schema: T; readonly value: unknown; readonly base: KeyPath },
  { complaints, known }: { readonly complaints: Complaint[]; readonly known: number },
): z.output<T> | null {
  const result = judged.schema.safeParse(judged.value);
  if (result.success) return result.data;
  const said = complaints.slice(known).map((complaint) => keyText(complaint.keyPath));
  const all = result.error.issues.flatMap((issue) => explain(issue, judged));
  complaints.push(
    ...all.filter((complaint) =>
      !said.includes(keyText(complaint.keyPath)) && !isMistyped(complaint, all)
    ),
  );
  return null;
}

/** True for a key that is missing because it stands there mistyped: one mistake, one problem. */
function isMistyped({ what, keyPath }: Complaint, others: readonly Complaint[]): boolean {
  return what === "missing" && others.some((other) =>
    other.guess !== undefined &&
    keyText([...other.keyPath.slice(0, -1), other.guess]) === keyText(keyPath)
  );
}

/** What is allowed but surely not meant. */
function oddities(config: Config): string[] {
  const lines: string[] = [];
  if (config.equipment.length === 0) lines.push("no equipment is configured: nothing will be sent");
  for (const equipment of config.equipment) {
    const { id, transport } = equipment;
    lines.push(...endsThatCannotCome(equipment));
    if (transport.bandwidth.uploadMbps === 0 && transport.bandwidth.windows.length === 0) {
      lines.push(`${id}: upload_mbps 0 without a schedule pauses for ever: nothing will be sent`);
    }
  }
  return lines;
}

/**
 * A file with the other program's sections is that program's too, and both read `sync` and `nas_cleanup`:
 * two would send the same runs, and that one deletes without the proof that labferry asks for.
 */
function twoMasters(tree: YamlTree, { sync, nasCleanup }: Config): string[] {
  if (!tree.sections.some((name) => (FOREIGN_SECTIONS as readonly string[]).includes(name))) {
    return [];
  }
  const own = "give labferry a file of its own, and switch it off in the other";
  const lines: string[] = [];
  if (nasCleanup.enabled) {
    lines.push(
      `nas_cleanup.enabled: ExLab-Wizard reads this file too and deletes local copies without labferry's proof; ${own}`,
    );
  }
  if (sync.enabled) {
    lines.push(
      `sync.enabled: ExLab-Wizard reads this file too, and both would send the same runs; ${own}`,
    );
  }
  return lines;
}

function verdict(parts: {
  readonly tree: YamlTree & Partial<LayeredTree>;
  readonly complaints: readonly Complaint[];
  readonly options: CheckOptions;
  readonly result?: Pick<Verdict, "config" | "effective" | "notices">;
}): Verdict {
  const { tree, complaints, options, result } = parts;
  const problemAt = (
    { file = options.file, ...position }: TextPosition & { readonly file?: string },
    rest: Pick<ConfigProblem, "key" | "what" | "hint">,
  ) => ({
    file,
    ...position,
    ...rest,
  });
  const problems = [
    ...tree.syntax.map(({ position, what, file = options.file }) =>
      problemAt({ ...position, file }, { key: "", what, hint: null })
    ),
    ...complaints.map(({ keyPath, what, hint, atKey }) =>
      problemAt({
        ...tree.positionOf(keyPath, atKey ?? false),
        file: tree.fileOf?.(keyPath) ?? options.file,
      }, {
        key: keyText(keyPath),
        what,
        hint: hint ?? null,
      })
    ),
  ].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
  const isGood = problems.length === 0 && result !== undefined;
  return {
    config: isGood ? result.config : null,
    effective: isGood ? result.effective : null,
    problems: problems.slice(0, MAX_PROBLEMS),
    problemCount: problems.length,
    notices: result?.notices ?? [],
  };
}
