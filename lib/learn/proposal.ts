/** A lesson as people read it, and as a configuration that loads as it is. Pure. */
import { counted, formatBytes } from "../base/mod.ts";
import type { FileGrouping } from "../records/mod.ts";
import { FEWEST_RUNS, type Lesson } from "./lesson.ts";
import type { Beside } from "./old_files.ts";
import type { RefusedNames } from "./refused_names.ts";

export interface Learnt {
  /** Absolute. */
  readonly tree: string;
  readonly lesson: Lesson;
  /** How files are grouped into runs, where runs are files; null: each folder is one. */
  readonly grouping: FileGrouping | null;
  readonly beside: readonly Beside[];
  readonly names: RefusedNames;
  /** Free bytes on the tree's disk. */
  readonly freeBytes: number;
  readonly problems: readonly string[];
}

const MINUTE_MS = 60_000;

/** One line a fact. */
export function evidenceLines(learnt: Learnt): string[] {
  const { lesson, grouping, beside, names, freeBytes, problems } = learnt;
  const { runs, finished, files, bytes, longestPauseMs, presets, last } = lesson;
  const lines = [
    `${counted(runs, grouping ? "group" : "folder")} with ${counted(files, "file")}, ${
      formatBytes(bytes)
    }; ${finished} of them quiet for a day, taken for finished`,
  ];
  if (finished < FEWEST_RUNS) {
    lines.push(`fewer than ${FEWEST_RUNS} finished runs show nothing of how they end`);
  }
  for (const { preset, of } of presets) {
    lines.push(
      `${of} of ${finished} ended as preset ${preset.name} says: ${preset.over} (grade ${preset.grade})`,
    );
  }
  if (last) lines.push(`${last.of} of ${finished} were written to last in ${last.name}`);
  if (finished > 0) lines.push(pauseLine(longestPauseMs, lesson.quietMinutes));
  for (const { what, count, bytes, example } of beside) {
    if (count === 0) continue;
    const size = formatBytes(bytes);
    lines.push(
      `${counted(count, what)} (${size}) beside them, as ${example}: no run, and not looked after`,
    );
  }
  lines.push(roomLine(lesson, freeBytes));
  if (names.count > 0) {
    const [first] = names.examples;
    lines.push(
      `${counted(names.count, "name")} would be held by the gate, as ${first!.path} (${
        first!.rule
      }); \`labferry audit\` names all`,
    );
  }
  if (names.unjudged > 0) {
    lines.push(
      `the names in ${
        counted(names.unjudged, "folder")
      } could not be judged; \`labferry audit\` says why`,
    );
  }
  for (const problem of problems) lines.push(`could not be read: ${problem}`);
  return lines;
}

function pauseLine(longestPauseMs: number | null, quietMinutes: number): string {
  return longestPauseMs === null
    ? `no run shows a pause: the files of each have one time; ${quietMinutes} min are a guess`
    : `longest pause inside a run ${Math.ceil(longestPauseMs / MINUTE_MS)} min, so ${quietMinutes}`;
}

function roomLine({ bytesPerDay }: Lesson, freeBytes: number): string {
  const days = bytesPerDay > 0 ? Math.floor(freeBytes / bytesPerDay) : null;
  const full = days === null || days > 3650 ? "" : `, full in ${counted(days, "day")} at that rate`;
  return `${formatBytes(bytesPerDay)} a day; ${
    formatBytes(freeBytes)
  } are free on this disk${full}`;
}

/** Loads without problems; what nobody can learn from old runs is marked. */
export function proposedConfig({ tree, lesson, grouping }: Learnt): string {
  const id = equipmentId(tree);
  const text = (value: string) => JSON.stringify(value);
  return [
    "equipment:",
    `  - id: ${id} # in every path and record: change it now or never`,
    ...endLines(lesson).map((line) => `    ${line}`),
    `    local_root: ${text(besides(tree))} # make it: where runs made by \`run new\` would lie`,
    `    nas_root: ${text(`//nas/lab`)} # the NAS as people know it`,
    "    intake:",
    `      watch: [${text(tree)}]`,
    ...(grouping && lesson.presets.length === 0
      ? [`      run: { kind: files, match: ${text(grouping.match)}, group: ${grouping.group} }`]
      : []),
    "      project: Unsorted # or { pattern: … } to read it from the folders' names",
    ...existingLines(lesson),
    `    transport: { type: mount, path: ${text(`/mnt/nas/lab/${id}`)} } # where it goes`,
    "",
  ].join("\n");
}

/** What is there already is years of data, most often on a disk somewhere else too: a person decides. */
function existingLines({ runs, bytes }: Lesson): string[] {
  if (runs === 0) return [];
  const there = `the ${counted(runs, "run")} (${formatBytes(bytes)}) that are there`;
  return [`      existing: new_only # ${there} already are left alone; all: they are taken too`];
}

function endLines({ presets, last, quietMinutes, finished }: Lesson): string[] {
  const [best] = presets;
  if (best) return [`preset: ${best.preset.name}`];
  if (finished < FEWEST_RUNS) return ["completeness_signal: manual # nothing shows how runs end"];
  if (last === null || last.name.includes("/")) {
    return ["completeness_signal: quiet_period", `quiet_minutes: ${quietMinutes}`];
  }
  return [
    "completeness_signal: sentinel_file",
    `sentinel_filename: ${JSON.stringify(last.name)}`,
  ];
}

/** `NextSeq output` becomes `NEXTSEQ_OUTPUT`. */
function equipmentId(tree: string): string {
  const name = tree.split(/[/\\]/).findLast((part) => part !== "" && !part.endsWith(":")) ?? "";
  const id = name.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^[^A-Z]+|_+$/g, "");
  return id.slice(0, 32) || "INSTRUMENT_01";
}

/** A folder that holds nothing of the tree and is in nothing of it. */
function besides(tree: string): string {
  const bare = tree.replace(/[/\\]+$/, "");
  return `${bare} labferry`;
}
