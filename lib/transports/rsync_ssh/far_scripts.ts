/**
 * What runs on the far machine where the account has a shell: fixed texts for `sh -c`, which take
 * the base and far folders as quoted arguments and every file name from stdin, NUL-separated. None
 * holds an apostrophe or a line end, so that quoting them is trivial in every shell. They use what
 * POSIX and busybox have, and report in the words of `far_words.ts`.
 */
import { quoteCommand } from "./quote.ts";

/** Our folder in a far run while a push is under way: what is half done, and temporary files. */
export const PARTIAL_DIR = ".labferry-partial";

const SAY = 'say() { printf "labferry-far: %s\\n" "$1" >&2; exit 61; };';

/** Goes to the base. */
const BASE =
  'base() { [ -d "$1" ] || say base-missing; cd "$1" 2>/dev/null || say denied; [ -r . ] || say denied; };';

/**
 * Goes down below where we are, one segment at a time, and stops at a link: `cd` and `mkdir -p`
 * would follow it. With "make" missing folders are made, with "look" a missing one ends the way.
 */
const WALK = 'walk() { IFS=/; set -f; for s in $1; do if [ -L "./$s" ]; then say link; fi;' +
  ' if [ ! -d "./$s" ]; then case $2 in make) mkdir "./$s" || [ -d "./$s" ] || say not-made;;' +
  " look) return 1;; *) say absent;; esac; fi;" +
  ' cd "./$s" || say denied; done; unset IFS; set +f; };';

/** `$4` folders follow, each below the far folder: none of their segments may be a link. */
const NO_LINKS =
  'n=$4; shift 4; while [ "$n" -gt 0 ]; do (walk "$1" look; :) || exit 61; shift; n=$((n-1)); done;';

const ENTER = `${SAY} ${BASE} ${WALK}`;

/** The command line for `sh -c script labferry args…` in the account's shell. */
export function farCommand(script: string, args: readonly string[]): string {
  return quoteCommand(["sh", "-c", script, "labferry", ...args]);
}

/** A line of the far side that is no failure: the folder for partial files was there already. */
export const LEFTOVERS_NOTE = "labferry-note: leftovers";

/**
 * Makes the folder for partial files and removes it after success, which leaves it only after a push
 * that was cut off. One that was there stays: see `leftovers.ts`.
 */
const KEEP_PARTIAL = `p=./${PARTIAL_DIR}; [ ! -L "$p" ] || say link; old=no;` +
  ` if [ -d "$p" ]; then old=yes; echo "${LEFTOVERS_NOTE}" >&2; else mkdir "$p" || say not-made; fi;` +
  ' rsync "$@"; rc=$?; if [ "$rc$old" = 0no ]; then rm -rf "$p"; fi; exit "$rc"';

export interface FarWay {
  readonly base: string;
  readonly farDir: string;
  /** Make the far folder (never the base). */
  readonly make: boolean;
  /** Folders below the far folder through which names lead. */
  readonly parents: readonly string[];
  /** Far folder into which rsync will move what it replaces: not through a link either. */
  readonly aside: string;
  /** Prepare the folder for partial files, and remove it after success. */
  readonly partial: boolean;
}

/** `--rsync-path`: go to the far folder safely, then be the far rsync. rsync adds its options. */
export function farRsync({ base, farDir, make, parents, aside, partial }: FarWay): string {
  const enter = `${ENTER} base "$1"; (walk "$3" look; :) || exit 61; walk "$2" ${
    make ? "make" : "absent"
  }; ${NO_LINKS}`;
  const there = "command -v rsync >/dev/null 2>&1 || say no-rsync;";
  const run = partial ? ` ${KEEP_PARTIAL}` : ' exec rsync "$@"';
  const count = String(parents.length);
  return farCommand(`${enter} ${there}${run}`, [base, farDir, aside, count, ...parents]);
}

export function farCheck(base: string): string {
  return farCommand(`${ENTER} base "$1"; ls . >/dev/null 2>&1 || say denied`, [base]);
}

export function farCreateBase(base: string): string {
  return farCommand(`${ENTER} mkdir -p "$1" || say not-made; base "$1"`, [base]);
}

/**
 * Moves `farDir/name` to `intoDir/name`. Prints `moved` or `absent`. The two are on one file system
 * or nothing is moved; `mv -n` never overwrites, but does not say so, hence the looks around it.
 */
export function farSetAside(
  base: string,
  { farDir, name, intoDir }: { farDir: string; name: string; intoDir: string },
): string {
  const slash = name.lastIndexOf("/");
  const leaf = name.slice(slash + 1);
  const parent = name.slice(0, Math.max(0, slash));
  const join = (...parts: string[]) => parts.filter((part) => part !== "").join("/");
  const up = "../".repeat(join(farDir, parent).split("/").filter((part) => part !== "").length);
  const script = `${ENTER} base "$1"; (walk "$2" look && [ -f "./$4" ] && [ ! -L "./$4" ]);` +
    ' rc=$?; [ "$rc" != 61 ] || exit 61; if [ "$rc" != 0 ]; then echo absent; exit 0; fi;' +
    ' (walk "$3" make; if [ -e "./$4" ] || [ -L "./$4" ]; then say taken; fi) || exit 61;' +
    ' walk "$2" absent; mv -n "./$4" "./$5$3/$4" || say not-moved;' +
    ' if [ -e "./$4" ]; then say taken; fi; echo moved';
  return farCommand(script, [base, join(farDir, parent), join(intoDir, parent), leaf, up]);
}

/**
 * Feeds the NUL-separated names on stdin to `inner`, a script for `sh -c`, in the far folder, as
 * many at a time as fit a command line.
 */
export function farForNames(
  base: string,
  { farDir, inner }: { farDir: string; inner: string },
): string {
  const script = `${ENTER} base "$1"; walk "$2" absent; exec xargs -0 sh -c "$3" labferry`;
  return farCommand(script, [base, farDir, inner]);
}

/** Writes to disk what the far system still holds back, for this file system where it can tell. */
export function farSync(base: string): string {
  return farCommand(`${ENTER} base "$1"; sync -f . 2>/dev/null || sync`, [base]);
}

/** Removes the files named on stdin and then, named last, the folder for partial files. */
export function farClear(base: string, farDir: string): string {
  const inner = `for f; do case $f in ./${PARTIAL_DIR}) rm -rf "$f";; *) rm -f "$f";; esac; done`;
  return farForNames(base, { farDir, inner });
}
