/**
 * In what the runner's modules the test files run, and in which order. Each module of a test run is a world
 * of its own that loads and compiles everything it imports anew, most of labferry for most files: half a
 * second to a second of a processor, 380 times. So files of a room run eight to a module.
 *
 * A file whose server lives from its first test to its last stays by itself (`tests/support/shared.ts`):
 * hooks are the module's, so the servers of a whole group would run at the same time. So does one that
 * counts what is left in memory (`tests/support/census.ts`): it is to find its own alone.
 */
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const FILES_IN_A_GROUP = 8;

/** Rooms whose tests last longest begin, so that none of them is at work alone at the end. */
const FIRST: readonly string[] = [
  ...["simulate", "e2e", "daemon", "transports", "faults", "custody", "cli", "artefact", "intake"],
  ...["sync", "checks", "peers", "fleet", "web", "presets", "pull", "process", "disk"],
];

/** Rooms whose files stay by themselves: what one of them leaves running slows those after it. */
const ALONE: ReadonlySet<string> = new Set(["disk"]);

/** Test files by group, in the order in which they are to begin; a group's name says its room. */
export async function groupsOf(tests: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = (await Array.fromAsync(testFilesBelow(tests))).sort();
  const roomOf = (file: string) => relative(tests, file).split(/[\\/]/)[0]!;
  const rank = (room: string) => FIRST.includes(room) ? FIRST.indexOf(room) : FIRST.length;
  const rooms = [...Map.groupBy(files, roomOf)].sort(([a], [b]) => rank(a) - rank(b));
  const groups = new Map<string, readonly string[]>();
  for (const [room, members] of rooms) {
    const parts = ALONE.has(room) ? members.map((member) => [member]) : await partsOf(members);
    parts.forEach((part, at) => groups.set(`${room}_${at + 1}`, part));
  }
  return groups;
}

async function partsOf(files: readonly string[]): Promise<readonly (readonly string[])[]> {
  const alone: string[] = [];
  const together: string[] = [];
  for (const file of files) (await isAlone(file) ? alone : together).push(file);
  const count = Math.ceil(together.length / FILES_IN_A_GROUP);
  return [
    ...alone.map((file) => [file]),
    // One for each part in turn: files of one matter last equally long, and stand side by side.
    ...Array.from({ length: count }, (_, part) => together.filter((_, at) => at % count === part)),
  ];
}

/** Writes a module below `dir` for each group of several files, and gives what is to run, in order. */
export async function writeGroups(
  groups: ReadonlyMap<string, readonly string[]>,
  dir: string,
): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, files] of groups) {
    if (files.length === 1) {
      paths.push(files[0]!);
      continue;
    }
    const path = join(dir, `${name}_test.ts`);
    const lines = files.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`);
    await Deno.writeTextFile(path, lines.join(""));
    paths.push(path);
  }
  return paths;
}

async function* testFilesBelow(dir: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = join(dir, name);
    if (isDirectory) yield* testFilesBelow(path);
    else if (/(^|[._])test\.[mc]?[jt]sx?$/.test(name)) yield path; // As the runner finds them.
  }
}

async function isAlone(file: string): Promise<boolean> {
  return /\/support\/(shared|census)\.ts"|Deno\.test\.(before|after)/.test(
    await Deno.readTextFile(file),
  );
}
