/** Where the records of runs lie whose data lies among, or on, what is somebody else's. */
import { join } from "node:path";
import { compareUtf8, LabferryError, utcSeconds } from "../base/mod.ts";
import { entriesOf, lstatOrNull, syncDirectory } from "../disk/mod.ts";
import {
  type FileGroup,
  type FileRun,
  KIND_NAMES,
  leafNames,
  readFileRun,
  RECORDS_DIR,
  type RunKind,
  writeFileRun,
} from "../records/mod.ts";

/** `<state>/runs`: a tree in the lab's layout that holds the records of runs that lie elsewhere. */
export function fileRunsRoot(stateDir: string): string {
  return join(stateDir, "runs");
}

/** A name that comes back so often is no name any more. */
const MOST_OF_ONE_LEAF = 9_999;

export interface NewRecordFolder {
  readonly stateDir: string;
  readonly equipmentId: string;
  readonly project: string;
  readonly kind: RunKind;
  /** Null: made of the moment and the name. */
  readonly leaf: string | null;
  readonly name: string;
  /** Absolute, without links: where the data lies. */
  readonly folder: string;
  readonly members: FileGroup | null;
  readonly now: Date;
}

/** Begins a run: a folder of its own, named once and for all (`rules.md` 25), durable. */
export async function beginRecordFolder(run: NewRecordFolder): Promise<string> {
  const { stateDir, equipmentId, project, kind, leaf, name, folder, members, now } = run;
  const parent = join(fileRunsRoot(stateDir), equipmentId, project, KIND_NAMES[kind].folder);
  const [minute] = leafNames(kind, now);
  const runPath = await freeFolder(join(parent, leaf ?? `${minute}_${asLeaf(name)}`));
  await Deno.mkdir(join(runPath, RECORDS_DIR), { recursive: true });
  await writeFileRun(runPath, { folder, members, firstSeenAt: utcSeconds(now) });
  await syncDirectory(runPath);
  await syncDirectory(parent);
  return runPath;
}

export interface FoundRecords extends FileRun {
  readonly runPath: string;
}

/** What was begun before, in the order in which it was first seen. */
export async function recordFoldersOf(
  equipmentId: string,
  { stateDir }: { readonly stateDir: string },
): Promise<FoundRecords[]> {
  const found: FoundRecords[] = [];
  const home = join(fileRunsRoot(stateDir), equipmentId);
  for (const project of await namesIn(home)) {
    for (const { folder } of Object.values(KIND_NAMES)) {
      const parent = join(home, project, folder);
      for (const leaf of await namesIn(parent)) {
        const runPath = join(parent, leaf);
        const run = await readFileRun(runPath);
        if (run !== null) found.push({ ...run, runPath });
      }
    }
  }
  return found.sort((a, b) =>
    compareUtf8(a.firstSeenAt, b.firstSeenAt) || compareUtf8(a.runPath, b.runPath)
  );
}

async function namesIn(folder: string): Promise<string[]> {
  const info = await lstatOrNull(folder);
  if (!info?.isDirectory) return [];
  return (await entriesOf(folder)).filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
}

/** One that holds no run yet: what was killed before its record was written is taken up. */
async function freeFolder(wanted: string): Promise<string> {
  for (let n = 1; n <= MOST_OF_ONE_LEAF; n++) {
    const path = n === 1 ? wanted : `${wanted}-${n}`;
    if (await lstatOrNull(path) === null || await readFileRun(path) === null) return path;
  }
  throw new LabferryError("already_exists", `${wanted} is taken ${MOST_OF_ONE_LEAF} times`, {
    path: wanted,
    hint: "give the instrument's files names that differ",
  });
}

/** A name as a folder's name everywhere. */
function asLeaf(key: string): string {
  const safe = key.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^[._]+|[._]+$/g, "");
  return [...safe].slice(0, 80).join("") || "run";
}
