/**
 * Files and folders that operating systems and NAS boxes leave beside the data: thumbnails, Finder
 * and Explorer settings, resource forks, recycle bins. They come and go by themselves, so that a run
 * that held them would never look the same twice. `sync.litter` says whether they are sent.
 */
import { isOwnTempName } from "../disk/mod.ts";

interface LitterKind {
  /** The whole name; a `*` at its end stands for at least one more character. */
  readonly name: string;
  /** A folder is litter with all that is below it; a file's name says nothing of a folder. */
  readonly is: "file" | "folder";
  readonly madeBy: string;
}

export const LITTER: readonly LitterKind[] = [
  { name: "@eaDir", is: "folder", madeBy: "Synology's indexing: thumbnails and attributes" },
  { name: "#recycle", is: "folder", madeBy: "the recycle bin of a Synology share" },
  { name: ".AppleDouble", is: "folder", madeBy: "netatalk, for resource forks" },
  { name: ".DS_Store", is: "file", madeBy: "macOS Finder: how a folder is shown" },
  { name: "._*", is: "file", madeBy: "macOS, for resource forks on shares that have none" },
  { name: "Thumbs.db", is: "file", madeBy: "Windows Explorer: thumbnails" },
  { name: "desktop.ini", is: "file", madeBy: "Windows Explorer: how a folder is shown" },
];

/**
 * True for a path (relative to a run, with `/`) of litter, or of something inside litter. Case does
 * not matter: the systems that make it do not distinguish `Thumbs.db` from `thumbs.db`.
 */
export function isLitter(relative: string): boolean {
  const segments = relative.toLowerCase().split("/");
  const last = segments.at(-1) ?? "";
  // What a labferry that was killed left of a copy: in a staging area that is another PC's.
  if (isOwnTempName(last)) return true;
  return segments.some((segment) => FOLDERS.has(segment)) || FILES.has(last) ||
    PREFIXES.some((prefix) => last.length > prefix.length && last.startsWith(prefix));
}

const isPrefix = ({ name }: LitterKind) => name.endsWith("*");
const FOLDERS = namesOf(LITTER.filter((kind) => kind.is === "folder"));
const FILES = namesOf(LITTER.filter((kind) => kind.is === "file" && !isPrefix(kind)));
const PREFIXES = LITTER.filter(isPrefix).map(({ name }) => name.slice(0, -1).toLowerCase());

function namesOf(kinds: readonly LitterKind[]): ReadonlySet<string> {
  return new Set(kinds.map(({ name }) => name.toLowerCase()));
}
