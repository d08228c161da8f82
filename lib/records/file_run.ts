/**
 * Runs that are files: in one folder of the instrument's software lie the files of many runs. What
 * belongs to one is decided by its group, once (`rules.md` 25): the record keeps how, and later files of
 * the group belong to it whatever the configuration says by then.
 */
import { braceExpand } from "minimatch";
import { join } from "node:path";
import * as z from "zod";
import { encodeUtf8, LabferryError } from "../base/mod.ts";
import { foldName } from "../base/fold_name.ts";
import { nameMatcher } from "../base/name_pattern.ts";
import { readOrNull, writeFileAtomic } from "../disk/mod.ts";
import { RECORDS_DIR } from "./layout.ts";

export interface FileGrouping {
  /** Which names of the folder are data at all: `*.raw`, `*.{wiff,wiff.scan}`. */
  readonly match: string;
  /** `stem`, `prefix`, or a regular expression with one group. */
  readonly group: string;
  /** The name of a folder beside the files that belongs to them, `*` for the stem: `_*_`. */
  readonly beside?: string;
}

/** The files of one run. */
export interface FileGroup extends FileGrouping {
  /** What all of its names have in common, case-folded. */
  readonly key: string;
}

/** `file_run.json` of a run whose data lies elsewhere. */
export interface FileRun {
  /** Absolute: the folder of the instrument's software. */
  readonly folder: string;
  /** Null: all that is in the folder is the run, which lies where no records are written. */
  readonly members: FileGroup | null;
  readonly firstSeenAt: string;
}

const FILE_RUN = "file_run.json";

/** The group of a name; null for a name that is no data. */
export function groupNamer({ match, group }: FileGrouping): (name: string) => string | null {
  const isData = nameMatcher([match]);
  const suffixes = endingsOf(match);
  const pattern = group === "stem" || group === "prefix" ? null : new RegExp(group, "u");
  const keyOf = (name: string): string | null => {
    if (pattern !== null) return pattern.exec(name)?.[1] ?? null;
    const stem = withoutEnding(name, suffixes);
    return group === "stem" ? stem : stem.replace(/[-_ ][^-_ ]*$/, "");
  };
  return (name) => {
    if (!isData(name)) return null;
    const key = keyOf(name);
    return key === null || key === "" ? null : foldName(key);
  };
}

/** The group that a folder beside the files belongs to; null for any other folder. */
export function folderNamer(grouping: FileGrouping): (name: string) => string | null {
  const { match, beside } = grouping;
  if (beside === undefined) return () => null;
  const keyOf = groupNamer(grouping);
  const [before = "", after = ""] = beside.split("*");
  const endings = endingsOf(match);
  return (name) => {
    if (name.length <= before.length + after.length) return null;
    if (!name.startsWith(before) || !name.endsWith(after)) return null;
    const stem = name.slice(before.length, name.length - after.length);
    // As of a file with that stem: the folder has none of their endings.
    return (endings.length === 0 ? [""] : endings).map((ending) => keyOf(stem + ending))
      .find((key) => key !== null) ?? null;
  };
}

/** Elsewhere a name may hold a backslash. */
const DIVIDER = Deno.build.os === "windows" ? /[/\\]/ : /\//;

/** Whether a path below the folder is one of the group's files, or lies in the folder beside them. */
export function groupMembers(group: FileGroup): (path: string) => boolean {
  const keyOf = groupNamer(group);
  const isFolder = groupFolders(group);
  return (path) => {
    const end = path.search(DIVIDER);
    return end < 0 ? keyOf(path) === group.key : isFolder(path.slice(0, end));
  };
}

/** Whether a name in the folder is that of the folder beside the group's files. */
export function groupFolders(group: FileGroup): (name: string) => boolean {
  const keyOf = folderNamer(group);
  return (name) => keyOf(name) === group.key;
}

/** `.wiff`, `.wiff.scan` of `*.{wiff,wiff.scan}`: the longest first. */
function endingsOf(match: string): string[] {
  const literal = braceExpand(match).flatMap((one) => /^\*(\.[^*?[\]]+)$/.exec(one)?.[1] ?? []);
  return literal.map((ending) => ending.toLowerCase()).sort((a, b) => b.length - a.length);
}

function withoutEnding(name: string, endings: readonly string[]): string {
  const ending = endings.find((one) => name.toLowerCase().endsWith(one));
  if (ending !== undefined) return name.slice(0, -ending.length);
  return name.replace(/(.)\.[^.]*$/, "$1");
}

const place = { folder: z.string().min(1), first_seen_at: z.string().min(1) };
const schema = z.union([
  z.object({
    schema_version: z.literal("1.0"),
    ...place,
    match: z.string().min(1),
    group: z.string().min(1),
    key: z.string().min(1),
  }),
  // Another version: whoever knows neither must not take them for a group of files.
  z.object({ schema_version: z.literal("1.1"), ...place, whole: z.literal(true) }),
  z.object({
    schema_version: z.literal("1.1"),
    ...place,
    match: z.string().min(1),
    group: z.string().min(1),
    key: z.string().min(1),
    beside: z.string().min(1),
  }),
]);

/** Null for a run that is a folder. @throws LabferryError `malformed_record` */
export async function readFileRun(runPath: string): Promise<FileRun | null> {
  const path = join(runPath, RECORDS_DIR, FILE_RUN);
  const bytes = await readOrNull(path);
  if (bytes === null) return null;
  const parsed = schema.safeParse(jsonOf(new TextDecoder().decode(bytes)));
  if (!parsed.success) {
    throw new LabferryError("malformed_record", "What the run's files are cannot be read", {
      path,
      why: "the record is not as labferry writes it",
      hint: "put it back from the far copy of the run's records",
    });
  }
  const { folder, first_seen_at: firstSeenAt, ...rest } = parsed.data;
  return { folder, members: "whole" in rest ? null : groupOf(rest), firstSeenAt };
}

function groupOf({ match, group, key, beside }: Bare<FileGroup>): FileGroup {
  return { match, group, key, ...(beside === undefined ? {} : { beside }) };
}

/** As it is read: a key that is missing may be said to be undefined. */
type Bare<T> = { readonly [K in keyof T]: T[K] | (undefined extends T[K] ? undefined : never) };

/** The folder in which a run's files lie, asked when nothing can wait; null for any other run. */
export function dataFolderOf(runPath: string): string | null {
  try {
    const text = Deno.readTextFileSync(join(runPath, RECORDS_DIR, FILE_RUN));
    return schema.safeParse(jsonOf(text)).data?.folder ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
}

/** The folder of the records exists. It is written once, before anything else of the run. */
export async function writeFileRun(
  runPath: string,
  { folder, members, firstSeenAt }: FileRun,
): Promise<void> {
  const record = {
    schema_version: members === null || members.beside !== undefined ? "1.1" : "1.0",
    folder,
    ...(members === null ? { whole: true } : groupOf(members)),
    first_seen_at: firstSeenAt,
  };
  const bytes = encodeUtf8(`${JSON.stringify(record, null, 2)}\n`);
  await writeFileAtomic(join(runPath, RECORDS_DIR, FILE_RUN), bytes);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
