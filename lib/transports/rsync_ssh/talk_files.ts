/**
 * Small files over a talk: read as they are, and written beside their target, flushed where the far
 * side knows how, and renamed over it. What is larger goes by rsync.
 */
import { decodeUtf8, encodeUtf8, LabferryError } from "../../base/mod.ts";
import { indexOfBytes } from "../tool/bytes.ts";
import { inFolder } from "../tool/far_path.ts";
import { SPLIT } from "./far_aside.ts";
import { ANSWER_LIMIT_MS, type FarCalls } from "./far_calls.ts";
import type { FarScript } from "./far_script.ts";
import { ENTER } from "./far_scripts.ts";

/** Reading more keeps other requests waiting. */
const MAX_READ_BYTES = 1024 * 1024;
/** Writing more is as slow as rsync: the far shell reads a megabyte a second. */
const MAX_WRITTEN_BYTES = 128 * 1024;
/** Of one request; a shell copies all its arguments for each that is added. */
const MAX_NAMES = 200;

/**
 * `$2` the folder with a slash behind it, or nothing; `$3` a mark that ends each answer: `m` for what
 * is no regular file, else `f` and the file.
 */
const READ = `${ENTER} ${SPLIT} base "$1"; d=$2; m=$3; shift 3; for f; do split "$d$f";` +
  ' (walk "$p" look || exit 3; if [ -L "./$l" ] || [ ! -f "./$l" ]; then exit 3; fi;' +
  ' [ -r "./$l" ] || say unreadable "$f"; echo f;' +
  ` head -c ${MAX_READ_BYTES + 1} "./$l" || say unreadable "$f"); r=$?;` +
  ' case $r in 0) ;; 3) echo m;; *) exit "$r";; esac; printf "\\n%s\\n" "$m"; done';

/**
 * `$2` the path, `$3` a fresh name beside it, `$4` the size. A file that is there lends its mode; a
 * link is somebody's, and stays.
 * Code 62: a step failed, and the system's own words say why.
 */
const WRITE = `${ENTER} ${SPLIT} base "$1"; split "$2"; walk "$p" make; t=./$3; l=./$l;` +
  ' if [ -L "$l" ]; then say link "$2"; fi; if [ -d "$l" ]; then say taken "$2"; fi;' +
  ' fail() { rm -f "$t"; exit 62; };' +
  ' if [ -f "$l" ]; then cp -p "$l" "$t" && chmod u+rw "$t" || rm -f "$t"; fi;' +
  ' cat > "$t" || fail; if [ "$(wc -c < "$t")" -ne "$4" ]; then echo "cut off" >&2; fail; fi;' +
  ' dd if=/dev/null of="$t" conv=notrunc,fsync 2>/dev/null || sync "$t" 2>/dev/null;' +
  ' mv -f "$t" "$l" || fail';

export interface NamedFiles {
  readonly farDir: string;
  readonly names: readonly string[];
}

/** Null for each that is not there; those that are too large here are not among them at all. */
export async function readByTalk(
  calls: FarCalls,
  { base, farDir, names }: NamedFiles & { readonly base: string },
): Promise<Map<string, Uint8Array | null> | null> {
  const talk = calls.talk;
  if (talk === null) return null;
  const doing = "reading from";
  const found = new Map<string, Uint8Array | null>();
  const answers = [];
  for (let at = 0; at < names.length; at += MAX_NAMES) {
    const some = names.slice(at, at + MAX_NAMES);
    const mark = crypto.randomUUID();
    const script = { text: READ, args: [base, farDir && `${farDir}/`, mark, ...some] };
    const answer = talk.ask({ doing, script, silenceMs: ANSWER_LIMIT_MS });
    answers.push(answer.then((whole) => {
      const printed = calls.checked(whole, { doing, pulling: true });
      for (const [index, file] of filesIn(printed, mark).entries()) {
        if (file === null || file.length <= MAX_READ_BYTES) found.set(some[index]!, file);
      }
    }, unlessTooLarge));
  }
  await allOf(answers);
  return found;
}

/** False: they are too large for it, or the talk is busy. */
export async function writeByTalk(
  calls: FarCalls,
  { base, farDir, files }: {
    readonly base: string;
    readonly farDir: string;
    readonly files: ReadonlyMap<string, Uint8Array>;
  },
): Promise<boolean> {
  const talk = calls.talk;
  const sizeBytes = files.values().reduce((sum, { length }) => sum + length, 0);
  if (talk === null || sizeBytes > MAX_WRITTEN_BYTES) return false;
  const doing = "writing to";
  const answers = [...files].map(async ([name, input]) => {
    const path = inFolder(farDir, name);
    const script: FarScript = {
      text: WRITE,
      args: [base, path, freshName(), String(input.length)],
    };
    const answer = await talk.ask({ doing, script, input, silenceMs: ANSWER_LIMIT_MS });
    calls.checked(answer, { doing });
  });
  await allOf(answers);
  return true;
}

/** Together they are more than an answer may hold: rsync brings them. */
function unlessTooLarge(error: unknown): void {
  if (!(error instanceof LabferryError && error.code === "output_too_large")) throw error;
}

/** Waits for all, so that nothing is under way when the first failure is told. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(works)) {
    if (one.status === "rejected") throw one.reason;
  }
}

/** As `lib/disk` names what is beside a file for a moment. */
function freshName(): string {
  return `.lf-${crypto.getRandomValues(new Uint8Array(6)).toHex()}.tmp`;
}

/** Null for `m`. A mark is random and was made after the files: none holds it. */
function filesIn(printed: Uint8Array, mark: string): (Uint8Array | null)[] {
  const end = encodeUtf8(`\n${mark}\n`);
  const files: (Uint8Array | null)[] = [];
  for (let at = 0; at < printed.length;) {
    const length = indexOfBytes(printed.subarray(at), end);
    if (length < 0) throw new TypeError("an answer without its end");
    const next = at + length;
    const kind = decodeUtf8(printed.subarray(at, at + 1));
    files.push(kind === "f" ? printed.slice(at + 2, next) : null);
    at = next + end.length;
  }
  return files;
}
