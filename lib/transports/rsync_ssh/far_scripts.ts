/**
 * What runs on the far machine where the account has a shell: fixed texts for `sh -c`, which take
 * the base and far folders as quoted arguments and every file name from stdin, NUL-separated. None
 * holds an apostrophe or a line end, so that quoting them is trivial in every shell. They use what
 * POSIX and busybox have, and report in the words of `far_words.ts`.
 */
import { commandLine, type FarScript } from "./far_script.ts";

/** Our folder in a far run while a push is under way: what is half done, and temporary files. */
export const PARTIAL_DIR = ".labferry-partial";

/** `say WORD [PATH]` gives up. */
const SAY = 'say() { if [ -n "$2" ]; then printf "labferry-at: %s\\n" "$2" >&2; fi;' +
  ' printf "labferry-far: %s\\n" "$1" >&2; exit 61; };';

/** Goes to the base. */
const BASE =
  'base() { [ -d "$1" ] || say base-missing; cd "$1" 2>/dev/null || say denied; [ -r . ] || say denied; };';

/**
 * Goes down below where we are, one segment at a time, and stops at a link: `cd` and `mkdir -p`
 * would follow it. With "make" missing folders are made, with "look" a missing one ends the way.
 */
const WALK = 'walk() { IFS=/; set -f; for s in $1; do if [ -L "./$s" ]; then say link "$1"; fi;' +
  ' if [ ! -d "./$s" ]; then case $2 in make) if [ -e "./$s" ]; then say in-the-way "$1"; fi;' +
  ' mkdir "./$s" || [ -d "./$s" ] || say not-made "$1";;' +
  " look) return 1;; *) say absent;; esac; fi;" +
  ' cd "./$s" || say denied; done; unset IFS; set +f; };';

/**
 * `$5` folders follow, each below the far folder: none of their segments may be a link. With "make"
 * in `$4` they are made.
 */
const NO_LINKS =
  'm=$4; n=$5; shift 5; while [ "$n" -gt 0 ]; do (walk "$1" "$m"; :) || exit 61; shift; n=$((n-1)); done;';

/** The words of every script: `say`, `base`, `walk`. */
export const ENTER = `${SAY} ${BASE} ${WALK}`;

/** A line of the far side that is no failure: the folder for partial files was there already. */
export const LEFTOVERS_NOTE = "labferry-note: leftovers";

/**
 * Makes the folder for partial files and removes it after success, which leaves it only after a push
 * that was cut off. One that was there stays: see `leftovers.ts`.
 */
const KEEP_PARTIAL = `p=./${PARTIAL_DIR}; [ ! -L "$p" ] || say link "$p"; old=no;` +
  ` if [ -d "$p" ]; then old=yes; echo "${LEFTOVERS_NOTE}" >&2;` +
  ' elif [ -e "$p" ]; then say in-the-way "$p"; else mkdir "$p" || say not-made "$p"; fi;' +
  ' rsync "$@"; rc=$?; if [ "$rc$old" = 0no ]; then rm -rf "$p"; fi; exit "$rc"';

export interface FarWay {
  readonly base: string;
  readonly farDir: string;
  /** Make the far folder (never the base). */
  readonly make: boolean;
  /** Folders below the far folder through which names lead. */
  readonly parents: readonly string[];
  /** Make those too: then rsync finds none missing, and removes nothing to make one. */
  readonly makeParents: boolean;
  /** Far folder into which rsync will move what it replaces: not through a link either. */
  readonly aside: string;
  /** Prepare the folder for partial files, and remove it after success. */
  readonly partial: boolean;
}

/** `--rsync-path`: go to the far folder safely, then be the far rsync. rsync adds its options. */
export function farRsync(way: FarWay): string {
  const { base, farDir, make, parents, makeParents, aside, partial } = way;
  const enter = `${ENTER} base "$1"; (walk "$3" look; :) || exit 61; walk "$2" ${
    make ? "make" : "absent"
  }; ${NO_LINKS}`;
  const there = "command -v rsync >/dev/null 2>&1 || say no-rsync;";
  const run = partial ? ` ${KEEP_PARTIAL}` : ' exec rsync "$@"';
  const count = String(parents.length);
  const how = makeParents ? "make" : "look";
  const args = [base, farDir, aside, how, count, ...parents];
  return commandLine({ text: `${enter} ${there}${run}`, args });
}

export function farCheck(base: string): FarScript {
  return { text: `${ENTER} base "$1"; ls . >/dev/null 2>&1 || say denied`, args: [base] };
}

export function farCreateBase(base: string): FarScript {
  return { text: `${ENTER} mkdir -p "$1" || say not-made; base "$1"`, args: [base] };
}

/**
 * Feeds the NUL-separated names on stdin to `inner`, a script for `sh -c`, in the far folder, as
 * many at a time as fit a command line.
 */
export function farForNames(
  base: string,
  { farDir, inner }: { farDir: string; inner: string },
): FarScript {
  const text = `${ENTER} base "$1"; walk "$2" absent; exec xargs -0 sh -c "$3" labferry`;
  return { text, args: [base, farDir, inner] };
}

/** What `farSync` says of a place that is served by a program, which hears of no flush. */
export const FUSE_NOTE = "labferry-note: fuse";

/**
 * Writes to disk what the far system still holds back, for the file system that holds the far folder
 * where it can tell, else for all. `sync -f` is syncfs(2): data and names; through FUSE and onto an
 * SMB share it tells nobody behind them, and calls that success.
 */
export function farSync(base: string, farDir: string): FarScript {
  const text = `${ENTER} base "$1"; (walk "$2" look; :) || exit 61;` +
    ' if (walk "$2" look; case $(stat -f -c %T . 2>/dev/null) in fuse*|cifs|smb*) exit 0;; esac; exit 1);' +
    ` then sync; echo "${FUSE_NOTE}"; exit 0; fi;` +
    ' (walk "$2" look; sync -f . 2>/dev/null) || sync || say not-flushed';
  return { text, args: [base, farDir] };
}

/** Removes the folder for partial files: what is in it is ours and half sent. */
export function farClear(base: string, farDir: string): FarScript {
  const text = `${ENTER} base "$1"; walk "$2" absent; p=./${PARTIAL_DIR};` +
    ' if [ -L "$p" ]; then say link "$p"; fi; rm -rf "$p"';
  return { text, args: [base, farDir] };
}
