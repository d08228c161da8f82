/**
 * Setting things aside where the account has a shell: any number of names in one round trip. A fixed
 * text as those of `far_scripts.ts`; the names come NUL-separated on stdin, or, without `xargs -0`,
 * as quoted words.
 */
import type { FarScript } from "./far_script.ts";
import { ENTER, farForNames } from "./far_scripts.ts";

/** `split PATH`: its folder in `p`, its last segment in `l`. */
export const SPLIT = "split() { case $1 in */*) p=${1%/*}; l=${1##*/};; *) p=; l=$1;; esac; };";

/** `stands PATH`: 0 a file or a folder, 1 nothing; a link on the way or there, or a pipe, ends it. */
const STANDS = 'stands() { split "$1"; (walk "$p" look || exit 1;' +
  ' if [ -L "./$l" ]; then say link "$1"; fi;' +
  ' if [ -f "./$l" ] || [ -d "./$l" ]; then exit 0; fi;' +
  ' if [ -e "./$l" ]; then say odd "$1"; fi; exit 1); };';

/** `free PATH`: nothing stands there, nor a link on the way. */
const FREE = 'free() { split "$1"; (walk "$p" look || exit 0;' +
  ' if [ -e "./$l" ] || [ -L "./$l" ]; then say taken "$1"; fi); };';

/**
 * `$1` and `$2` are the two folders, each with a slash behind it or empty; names follow. Looks at
 * all before the first is moved. One line a name: `moved` or `absent`. 255 keeps xargs from going
 * on. Whether `mv -n` moved anything it does not say, hence the look afterwards.
 */
const MOVE = `${SPLIT} ${STANDS} ${FREE} d=$1; i=$2; shift 2;` +
  ' for f; do f=${f#./}; stands "$d$f"; case $? in 0) free "$i$f" || exit 255;; 1) ;; *) exit 255;; esac; done;' +
  ' for f; do f=${f#./}; stands "$d$f"; case $? in 0) ;; 1) echo absent; continue;; *) exit 255;; esac;' +
  ' split "$i$f"; (walk "$p" make) || exit 255; free "$i$f" || exit 255;' +
  ' mv -n "./$d$f" "./$i$f" || (say not-moved "$d$f") || exit 255;' +
  ' if [ -e "./$d$f" ] || [ -L "./$d$f" ]; then (say taken "$i$f"); exit 255; fi; echo moved; done';

/** Names follow; one line for each that is still there. A link on the way or there stays. */
const REMOVE = `${ENTER} ${SPLIT} for f; do f=\${f#./}; split "$f"; (walk "$p" look || exit 0;` +
  ' if [ -f "./$l" ] && [ ! -L "./$l" ]; then rm -f "./$l" || echo left; fi); done; exit 0';

const INNER = `${ENTER} ${MOVE}`;

export interface AsideFolders {
  readonly farDir: string;
  readonly intoDir: string;
}

/** Names, each behind `./`, are read from stdin. */
export function farSetAside(base: string, { farDir, intoDir }: AsideFolders): FarScript {
  const text = `${ENTER} base "$1"; exec xargs -0 sh -c "$4" labferry "$2" "$3"`;
  return { text, args: [base, folder(farDir), folder(intoDir), INNER] };
}

/** The same for an account without `xargs -0`. */
export function farSetOneAside(
  base: string,
  { farDir, intoDir, name }: AsideFolders & { name: string },
): FarScript {
  const text = `${ENTER} base "$1"; shift; ${MOVE}`;
  return { text, args: [base, folder(farDir), folder(intoDir), name] };
}

/** Names, each behind `./`, are read from stdin. */
export function farRemove(base: string, farDir: string): FarScript {
  return farForNames(base, { farDir, inner: REMOVE });
}

/** These files of a probe's folder, then the folder, which stays with whatever else is in it. */
export function farRemoveProbe(
  base: string,
  { farDir, names }: { readonly farDir: string; readonly names: readonly string[] },
): FarScript {
  const text = `${ENTER} base "$1"; d=$2; shift 2; (walk "$d" look || exit 0;` +
    ' for f; do if [ -f "./$f" ] && [ ! -L "./$f" ]; then rm -f "./$f"; fi; done) || exit 61;' +
    ' if [ -d "./$d" ] && [ ! -L "./$d" ]; then rmdir "./$d"; fi';
  return { text, args: [base, farDir, ...names] };
}

function folder(path: string): string {
  return path === "" ? "" : `${path}/`;
}
